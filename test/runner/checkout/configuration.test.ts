import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../runner/checkout/configuration.ts';
import { JobFile } from '../../../runner/run-files.ts';
import { checkoutExitCodes } from '../../../shared/run/exit-codes.ts';
import { createSetting } from './setting.ts';

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
