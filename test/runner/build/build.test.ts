import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildExitCodes } from '../../../shared/attempt/exit-codes.ts';
import { createSetting, imageWithoutBazel, shells } from './build-rig.ts';

describe('the build script', () => {
  it.each(shells)("gives the repository's own secrets to Bazel, by name, to the byte, under %s", async (shell) => {
    const { build, calls, run } = createSetting({ parameters: ['env=GREETING=of the commit', 'target=//...'] });
    const secrets = join(dirname(run), 'secrets');
    mkdirSync(secrets);
    const values = { GREETING: 'of the owner', KEY: 'a "b" $c `d`\\n\n\nend\n\n', LAST: "it's" };
    for (const [name, value] of Object.entries(values)) writeFileSync(join(secrets, name), value);

    await build({ shell, variables: { YB_SECRET_DIR: secrets } });

    const variables = readFileSync(join(dirname(run), 'environment'), 'utf8');
    for (const [name, value] of Object.entries(values)) expect(variables).toContain(`${name}=${value}\n`);
    const test = calls().find((call) => call.includes('|test|')) ?? '';
    expect(test).toContain('|--test_env=GREETING|--test_env=KEY|--test_env=LAST|');
    expect(test).not.toContain('owner');
  });

  it.each(shells)('calls Bazel with the parameters as they are, under %s', async (shell) => {
    const { build, calls, volume, run } = createSetting({
      parameters: [
        'flaky=3',
        'flag=--config=a b $(touch evil) "\'',
        'env=GREETING=x = "y" $z',
        'target=//a b/...',
        'target=-//c',
      ],
      bazel: 'echo to stdout; echo to stderr >&2; exit 3',
    });

    const { code, log, exit } = await build({ shell });

    expect(code).toBe(3);
    expect(exit).toMatchObject({ exitCode: 3, repairs: [], toolchain: '7.1.0' });
    expect(log).toContain('to stdout\nto stderr\n');
    const words = calls()[0]?.split('|') ?? [];
    expect(words.slice(0, 7)).toEqual([
      '--nohome_rc',
      '--max_idle_secs=60',
      `--output_user_root=${volume}/out`,
      `--output_base=${volume}/ob`,
      '--host_jvm_args=-XX:+IgnoreUnrecognizedVMOptions',
      '--host_jvm_args=-XX:TieredStopAtLevel=1',
      'test',
    ]);
    expect(words).toContain('--flaky_test_attempts=3');
    expect(words.indexOf('--config=a b $(touch evil) "\'')).toBeLessThan(words.indexOf('--symlink_prefix=/'));
    expect(words.slice(words.indexOf('--'))).toEqual(['--', '//a b/...', '-//c', '']);
    expect(calls().at(-1)).toMatch(/\|shutdown\|$/);
    expect(existsSync(join(volume, 'src/evil'))).toBe(false);
    const variables = readFileSync(join(dirname(run), 'environment'), 'utf8');
    expect(variables).toContain('GREETING=x = "y" $z\n');
    expect(variables).not.toContain('SECRET_OF_THE_MACHINE');
    // Some shells add two of their own.
    const own = new Set(['SHLVL', 'OLDPWD', 'PWD', '_']);
    const names = [...variables.matchAll(/^([A-Z_]+)=/gm)]
      .map(([, name = '']) => name)
      .filter((name) => !own.has(name));
    expect(names.sort()).toEqual(
      'CI GREETING HOME LANG LOGNAME PATH USER XDG_CACHE_HOME YB_COMMIT YB_COMMIT_DATE YB_REF'.split(' '),
    );
  });

  it('goes on with the log that checkout began, and shows nothing of it where nobody masks it', async () => {
    const { start, run } = createSetting({ bazel: 'printf "no end of line"' });
    writeFileSync(join(run, 'log'), 'yb: checked out\n');
    const child = start();
    let output = '';
    child.stdout?.on('data', (data: Buffer) => {
      output += data.toString();
    });
    await new Promise((resolve) => {
      child.once('close', resolve);
    });

    expect(readFileSync(join(run, 'log'), 'utf8')).toBe('yb: checked out\nyb: Bazel 7.1.0\nno end of line');
    expect(output).toBe('yb: the log is with the run\n');
  });

  it.each(shells)('keeps the logs of attempts that did not pass, under %s', async (shell) => {
    const { build, run, volume } = createSetting({
      bazel: `logs="$ob/execroot/_main/bazel-out/k8-fastbuild/testlogs/testlogs/a ü%"
mkdir -p "$logs/test_attempts"
for name in test.log test.xml test_attempts/attempt_1.log; do echo "$name" >"$logs/$name"; done
result() { echo "{\\"id\\":{\\"testResult\\":{\\"label\\":\\"//testlogs:a\\"}},\\"testResult\\":{\\"testActionOutput\\":[{\\"name\\":\\"test.log\\",\\"uri\\":\\"file://\${logs%/*}/a%20%C3%BC%25/$2\\"}],\\"status\\":\\"$1\\"}}"; }
{ result FAILED test_attempts/attempt_1.log; result PASSED test.log; } >"$events"
exit 0`,
    });
    expect((await build({ shell })).code).toBe(0);

    expect(execFileSync('find', ['.', '-type', 'f'], { cwd: join(run, 'testlogs'), encoding: 'utf8' })).toBe(
      './testlogs/a ü%/test_attempts/attempt_1.log\n',
    );
    expect(existsSync(join(volume, 'ob'))).toBe(true);
  });

  it('tells of the room that checkout made, before its own repairs', async () => {
    const { build } = createSetting({
      parameters: ['repair=disk-cache-removed', 'repair=outputs-removed', 'target=//...'],
      bazel: '[ "$calls" -gt 1 ] || exit 39',
    });
    const { code, exit } = await build();
    expect(code).toBe(0);
    expect(exit?.repairs).toEqual([
      { exitCode: 0, action: 'disk-cache-removed' },
      { exitCode: 0, action: 'outputs-removed' },
      { exitCode: 39, action: 'retried' },
    ]);
  });

  it('ends a build whose log grows beyond its limit', async () => {
    const { build, run } = createSetting({
      parameters: ['log=1000000', 'target=//...'],
      bazel: 'yes "a line of the log" 2>/dev/null; exit 8',
    });

    const { code, exit } = await build();

    expect(code).toBe(8);
    expect(exit?.exitCode).toBe(8);
    const { size } = statSync(join(run, 'log'));
    expect(size).toBeGreaterThan(1_000_000);
    expect(size).toBeLessThan(4_000_000);
  });
});

describe('a Bazel that fails for reasons of the machine', () => {
  it.each([
    ['succeeds after running out of memory', '33 0', 0, ['33 retried']],
    ['runs out of memory twice', '33 33', 33, ['33 retried']],
    ['crashes once', '37 3', 3, ['37 retried']],
    ['crashes over its output base', '37 37 0', 0, ['37 retried', '37 output-base-removed']],
    ['crashes whatever is done', '37 37 37', 37, ['37 retried', '37 output-base-removed']],
    ['finds its installation damaged', '36 0', 0, ['36 install-base-removed']],
    ['finds the remote cache without what it promised', '39 0', 0, ['39 retried']],
    ['fails in two ways', '39 33 39', 39, ['39 retried', '33 retried']],
    ['cannot build', '1', 1, []],
  ])('is repaired as it needs: %s', async (_name, codes, expected, repairs) => {
    const { build, volume, calls } = createSetting({ bazel: `set -- ${codes}; eval "exit \\$$calls"` });
    for (const folder of ['ob/keep', 'out/install', 'disk/cas']) mkdirSync(join(volume, folder), { recursive: true });

    const { code, exit } = await build();

    expect(code).toBe(expected);
    expect(exit?.repairs.map(({ exitCode, action }) => `${exitCode} ${action}`)).toEqual(repairs);
    expect(calls().filter((call) => call.includes('|test|'))).toHaveLength(codes.split(' ').length);
    expect(existsSync(join(volume, 'ob/keep'))).toBe(!repairs.join(' ').includes('output-base-removed'));
    expect(existsSync(join(volume, 'out/install'))).toBe(!repairs.join(' ').includes('install-base-removed'));
    expect(existsSync(join(volume, 'disk/cas'))).toBe(true);
  });

  it('leaves no events of an earlier try, or of another run, to be read as its own', async () => {
    const { build, run } = createSetting({
      bazel: '[ "$calls" -gt 1 ] || { echo stale >"$events"; exit 37; }; exit 2',
    });
    writeFileSync(join(run, 'bep.ndjson'), 'older still');

    expect((await build()).code).toBe(2);
    expect(existsSync(join(run, 'bep.ndjson'))).toBe(false);
  });
});

describe('a build that is asked to end', () => {
  it.each(shells)('lets Bazel end by itself and says how it did, under %s', async (shell) => {
    const { start, outcome, run } = createSetting({
      bazel: `trap 'echo interrupted; exit 8' TERM; echo ready; while :; do sleep 0.1; done`,
    });
    const child = start({ shell });
    await logged(run, 'ready');

    child.kill('SIGTERM');
    const code = await ended(child);

    expect(code).toBe(8);
    const { log, exit } = outcome(code);
    expect(log).toContain('interrupted\nyb: stopped on request\n');
    expect(exit).toMatchObject({ exitCode: 8, repairs: [] });
    expect(readdirSync(run)).not.toContain('exit.new');
  });

  it('ends a Bazel that is stuck by force, and is never green', async () => {
    const { start, outcome, run } = createSetting({ bazel: `trap '' TERM; echo ready; while :; do sleep 0.1; done` });
    const child = start();
    await logged(run, 'ready');

    child.kill('SIGTERM');
    const code = await ended(child);

    expect(code).toBe(137);
    expect(outcome(code).exit?.exitCode).toBe(137);
  });

  it('is not green when Bazel never ran', async () => {
    const { start, outcome, calls, run } = createSetting();
    const slow = join(dirname(run), 'slow-bazel');
    writeFileSync(slow, '#!/bin/sh\necho waiting >&2\nsleep 30\n', { mode: 0o755 });
    const child = start({ variables: { YB_BAZEL: slow } });
    await logged(run, 'waiting');

    child.kill('SIGTERM');
    const code = await ended(child);

    expect(code).toBe(143);
    expect(outcome(code).exit?.exitCode).toBe(143);
    expect(calls().filter((call) => call.includes('|test|'))).toEqual([]);
  });
});

describe('a build that cannot start', () => {
  it('leaves a volume alone that another process writes to', async () => {
    const { build, calls, volume } = createSetting();
    const other = spawn('flock', [join(volume, 'lock'), 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
    other.stdin.write('.\n');
    await line(other, '.');

    const { code, exit, log } = await build();
    other.stdin.end();

    expect(code).toBe(buildExitCodes.volumeBusy);
    expect(exit?.exitCode).toBe(buildExitCodes.volumeBusy);
    expect(log).toContain('Another process still writes');
    expect(calls()).toEqual([]);
  });

  it('leaves a volume alone that a later attempt has taken over', async () => {
    const { build, calls, volume } = createSetting();
    writeFileSync(join(volume, 'holder'), 'run-2\n');

    expect((await build()).code).toBe(buildExitCodes.volumeBusy);
    expect(calls()).toEqual([]);
  });

  it.each([
    ['there is no Bazel', { YB_BAZEL: '' }, null, 'has no Bazel'],
    ['the program does not run', { YB_BAZEL: '/bin/false' }, null, 'The Bazel of the build image does not run'],
    ['the version cannot be had', { YB_BAZEL: '/bin/false' }, '9.9.9\n', 'asks for Bazel 9.9.9, which cannot be had'],
    ['another version is asked for', {}, '# ours\n  6.4.0\n', 'asks for Bazel 6.4.0, and the build image has 7.1.0'],
  ])('says so when %s', async (_name, variables: Record<string, string>, wanted, message) => {
    const { build, volume, run } = createSetting();
    if (wanted !== null) writeFileSync(join(volume, 'src/.bazelversion'), wanted);

    const { code, log } = await build({ variables: { PATH: imageWithoutBazel(), ...variables } });

    expect(code).toBe(buildExitCodes.noBazel);
    expect(log).toContain(message);
    const termination: unknown = JSON.parse(readFileSync(join(dirname(run), 'termination'), 'utf8'));
    expect(termination).toEqual({ code: buildExitCodes.noBazel, message: expect.stringContaining(message) as string });
  });

  it.each(['7.1.0', '7.1.0-', 'latest', '7.x', '/opt/bazel'])(
    'takes the Bazel that there is for %s',
    async (wanted) => {
      const { build, volume } = createSetting();
      writeFileSync(join(volume, 'src/.bazelversion'), `${wanted.replace(/-$/, '')}\n`);

      expect((await build()).code).toBe(0);
    },
  );
});

type Child = ReturnType<typeof spawn>;

async function logged(run: string, text: string): Promise<void> {
  await expect.poll(() => readFileSync(join(run, 'log'), 'utf8'), { timeout: 30_000 }).toContain(text);
}

async function line(child: Child, text: string): Promise<void> {
  let seen = '';
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', (data: Buffer) => {
      seen += data.toString();
      if (seen.includes(text)) resolve();
    });
  });
}

async function ended(child: Child): Promise<number | null> {
  return await new Promise((resolve) => {
    child.once('close', resolve);
  });
}
