import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../runner/checkout/configuration.ts';
import { CheckoutFailure } from '../../../runner/checkout/failure.ts';
import { JobFile } from '../../../shared/attempt/run-files.ts';
import { checkoutExitCodes } from '../../../shared/attempt/exit-codes.ts';
import { createSetting } from './checkout-rig.ts';

const workspace = { 'MODULE.bazel': '' };

describe('.yb.yaml', () => {
  it('may name targets, flags, variables and attempts', () => {
    const text = `
targets: [//app/..., -//app/slow/...]
flags:
  - --config=ci
  - --test_tag_filters=-manual
  - --nocache_test_results
  - --//settings:mode=fast
  - --@rules_x//flag:y
env:
  GREETING: "hello world"
flakyAttempts: 3
`;

    expect(parseConfiguration(text)).toEqual({
      targets: ['//app/...', '-//app/slow/...'],
      flags: [
        '--config=ci',
        '--test_tag_filters=-manual',
        '--nocache_test_results',
        '--//settings:mode=fast',
        '--@rules_x//flag:y',
      ],
      env: { GREETING: 'hello world' },
      flakyAttempts: 3,
    });
  });

  it.each([
    ['a byte order mark', '\uFEFFtargets: [//a]'],
    ['Windows line ends', 'targets:\r\n  - //a\r\n'],
    ['marks of a document', '%YAML 1.2\n---\ntargets: [//a]\n...\n'],
    ['an anchor', 'targets: &all [//a]\n'],
    ['JSON', '{"targets": ["//a"]}'],
    ['its bytes', Buffer.from('targets: [//a]')],
  ])('may have %s', (_, content) => {
    expect(parseConfiguration(content)).toEqual({ targets: ['//a'] });
  });

  it('must be UTF-8', () => {
    const content = Buffer.concat([Buffer.from('# one\ntargets: ["//'), Buffer.from([0xe4]), Buffer.from('"]\n')]);
    expect(() => parseConfiguration(content)).toThrow('.yb.yaml:2:14: must be text in UTF-8');
    expect(() => parseConfiguration(Buffer.from('targets: [//a]', 'utf16le'))).toThrow('.yb.yaml:');
  });

  it('tells what is wrong in one line, whatever stands in it', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            'targets',
            'flags',
            'env',
            ':',
            ' ',
            '\n',
            '- ',
            '[',
            ']',
            '{',
            '}',
            '&a',
            '*a',
            '"',
            '!!',
            '|',
            '--config=x',
          ),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          parseConfiguration(Buffer.from(text));
        } catch (error) {
          expect(error).toBeInstanceOf(CheckoutFailure);
          expect(String(error)).toMatch(/\.yb\.yaml(?::\d+:\d+)?: .+$/);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['', '# nothing yet\n', '{}'])('may ask for nothing (%j)', (text) => {
    expect(parseConfiguration(text)).toEqual({});
  });

  it.each([
    ['targets: //...', ':1:10: targets: '],
    ['targets: []', ':1:10: targets: must name at least one target'],
    ['a: 1\n', ':1:1: '],
    ['flags:\n  - --config=ci\n  - --output_base=/tmp/x\n', ':3:5: flags.1: --output_base cannot be set here'],
    ['flags: [--build_event_json_file=/tmp/x]', 'cannot be set here'],
    ['flags: [--symlink_prefix=x]', 'cannot be set here'],
    ['flags: [--disk_cache=]', 'cannot be set here'],
    ['flags: ["//target"]', 'must be written as --name or --name=value'],
    ['flags: [-c, opt]', 'must be written as --name or --name=value'],
    ['flags: ["--config=a\\nb"]', 'must be one line of plain text'],
    ['env: { PATH: /tmp }', 'env'],
    ['env: { YB_COMMIT: x }', 'env'],
    ['env: { LD_PRELOAD: x }', 'env'],
    ['env: { A: "x\\0y" }', 'env'],
    ['env: { A: 1 }', ':1:11: env.A: must be text; put it into quotes'],
    ['env: { A: }', 'env.A: must be text'],
    ['env: { vol: /tmp }', ':1:8: env.vol: is a name that cannot be set: it needs a capital letter'],
    ['env: { PPID: "1" }', 'is a name that cannot be set'],
    ['env: { "1A": x }', 'must be a name of letters, digits and underscores'],
    ['env:\n  <<: { A: x }\n', ':2:3: env.<<: must be a name'],
    ['env:\n  A: x\n  A: y\n', ':3:3: this key is there already'],
    ['env: { __proto__: x }', ':1:8: __proto__ cannot be set'],
    ['env: [A]', 'env: must be names with their values'],
    [`env:\n${Array.from({ length: 101 }, (_, n) => `  A${n}: x\n`).join('')}`, 'must have at most 100 entries'],
    ['env:\n  A: |\n    a\n    b\n', ':2:6: env.A: must be one line of plain text'],
    ['env: { A: "\\u202e" }', 'env.A: must be one line of plain text'],
    ['targets:\n  - //a\n  - 7\n', ':3:5: targets.1: must be text; put it into quotes'],
    ['targets:', ':1:9: targets: must be a list'],
    ['targets: [""]', 'targets.0: must not be empty'],
    ['targets: ["//a\\u2028//b"]', 'must be one line of plain text'],
    ['targets: ["\\uD800"]', 'must be one line of plain text'],
    [`targets: [${'x,'.repeat(101)}]`, 'must have at most 100 entries'],
    [
      'flags: [--config=ci]\ntarget: //...\n',
      ':2:1: target: is not known here; known are targets, flags, env, flakyAttempts',
    ],
    ['flags: [--config]', 'flags.0: --config needs a value: --config=…'],
    ['flags: [--test_arg]', '--test_arg needs a value'],
    ['flags: [--output_base//x=y]', 'must be written as'],
    ['flags: ["--noconfig=ci"]', 'cannot be set here'],
    ['flags: ["--config=ci --output_base=/tmp/x", --nobuild_event_json_file]', 'flags.1: --nobuild_event_json_file'],
    ['flakyAttempts: 2.5', ':1:16: flakyAttempts: must be a whole number'],
    ['flakyAttempts: "3"', 'flakyAttempts: must be a whole number'],
    ['flakyAttempts: .inf', 'flakyAttempts: must be a whole number'],
    ['targets: [//a]\n---\ntargets: [//b]\n', ':2:1: must be one document'],
    ['targets: [*none]', ':1:11: *none is not the name of an anchor before it'],
    ['env: &a { A: *a }', 'env.A: must be text'],
    ['targets: !!set { a, b }', ':1:16: tags cannot be used here'],
    ['env: { A: !!js/function "x" }', 'tags cannot be used here'],
    ['env: { A: !!binary aGk= }', 'tags cannot be used here'],
    ['? [a, b]\n: c\n', ':1:3: keys must be text'],
    ['targets:\n\t- //a\n', ':2:1: Tabs are not allowed as indentation'],
    ['targets: ["//a', ':1:15: Missing closing'],
    [`targets: [&a x${', *a'.repeat(101)}]`, 'repeats itself by too many aliases'],
    ['flakyAttempts: 99', ':1:16: flakyAttempts: '],
    ['targets: [a\nflags: [', ':2:1: '],
    ['targets: [//a]\ntargets: [//b]\n', ':2:1: '],
    ['[1, 2]', ':1:1: '],
    ['just text', ':1:1: '],
    ['['.repeat(60_000), ''],
    [
      `a: &a [x, x]\n${Array.from({ length: 20 }, (_, n) => `b${n}: &b${n} [*${n === 0 ? 'a' : `b${n - 1}`}, *${n === 0 ? 'a' : `b${n - 1}`}]`).join('\n')}`,
      '',
    ],
  ])('is refused where it is wrong, with line and column (%#)', (text, expected) => {
    expect(() => parseConfiguration(text)).toThrow(
      expect.objectContaining({
        exitCode: checkoutExitCodes.badConfiguration,
        message: expect.stringContaining(`.yb.yaml${expected.startsWith(':') ? expected : ''}`) as string,
      }),
    );
    expect(() => parseConfiguration(text)).toThrow(expected);
  });

  it('is read as committed and tells the build', async () => {
    const { repository, checkOut } = await createSetting();
    const sha = repository.commit({
      ...workspace,
      '.yb.yaml': 'targets: ["//app:t"]\nenv: {MODE: "a=b c"}\nflags: [--jobs=1]\n',
    });

    const { code, run } = await checkOut(sha);

    expect(code).toBe(0);
    const job = JobFile.parse(JSON.parse(readFileSync(join(run, 'job.json'), 'utf8')));
    expect(job.bazel).toMatchObject({
      targets: ['//app:t'],
      flags: ['--test_env=MODE', '--jobs=1'],
      environment: { MODE: 'a=b c' },
    });
    expect(readFileSync(join(run, 'bin/parameters'), 'utf8')).toMatch(
      /\nenv=MODE=a=b c\nflag=--test_env=MODE\nflag=--jobs=1\ntarget=\/\/app:t\n$/,
    );
  });

  it('ends the run when it is wrong', async () => {
    const { repository, checkOut } = await createSetting();
    const sha = repository.commit({ ...workspace, '.yb.yaml': 'targets:\n  - 7\n' });

    const { code, message, run } = await checkOut(sha);

    expect(code).toBe(checkoutExitCodes.badConfiguration);
    expect(message).toMatch(/^\.yb\.yaml:2:5: targets\.0: /);
    expect(existsSync(join(run, 'bin'))).toBe(false);
  });

  it.each([
    ['a link', { link: '/etc/passwd' }, 'must be a regular file'],
    ['too large', `# ${'x'.repeat(70_000)}`, 'larger than 64 KiB'],
  ])('is refused when it is %s', async (_name, content, reason) => {
    const { repository, checkOut } = await createSetting();
    const sha = repository.commit({ ...workspace, '.yb.yaml': content });

    const { code, message } = await checkOut(sha);

    expect(code).toBe(checkoutExitCodes.badConfiguration);
    expect(message).toContain(reason);
  });
});
