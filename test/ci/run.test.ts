import { spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environment } from '../../shared/config.ts';

const script = fileURLToPath(new URL('../../.ci/run', import.meta.url));

/** What the script itself is made of; everything else it meets is a stand-in. */
const tools = ['bash', 'env', 'cat', 'dirname', 'mktemp', 'grep', 'tail', 'tee', 'rm', 'id'];
const needed = ['git', 'flock', 'chromium', 'shellcheck', 'java'];

describe('the script of continuous integration', () => {
  const place = { folder: '' };

  beforeEach(async () => {
    place.folder = await mkdtemp(join(tmpdir(), 'yb-ci-'));
    for (const folder of ['bin', 'checkout/.ci', 'tmp']) await mkdir(join(place.folder, folder), { recursive: true });
    await copyFile(script, join(place.folder, 'checkout/.ci/run'));
    for (const tool of tools) await symlink(await whereIs(tool), join(place.folder, 'bin', tool));
    for (const command of [...needed, 'apt-get']) await standIn(command, 'exit 0');
    await standIn('sudo', 'shift; exec "$@"');
  });

  afterEach(async () => {
    await rm(place.folder, { recursive: true, force: true });
  });

  /** A program that writes down how it was called, and then does as told. */
  async function standIn(command: string, body: string): Promise<void> {
    const path = join(place.folder, 'bin', command);
    await writeFile(path, `#!/usr/bin/env bash\necho "${command} $*" >> '${place.folder}/calls'\n${body}\n`);
    await chmod(path, 0o755);
  }

  async function run(): Promise<{ readonly code: number | null; readonly lines: readonly string[] }> {
    const child = spawn(join(place.folder, 'bin/bash'), [join(place.folder, 'checkout/.ci/run')], {
      env: { PATH: join(place.folder, 'bin'), TMPDIR: join(place.folder, 'tmp') },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const code = await new Promise<number | null>((resolve) => {
      child.on('close', resolve);
    });
    return { code, lines: Buffer.concat(chunks).toString('utf8').trimEnd().split('\n') };
  }

  async function calls(): Promise<readonly string[]> {
    return (await readFile(join(place.folder, 'calls'), 'utf8')).trimEnd().split('\n');
  }

  it('installs from the lock file, tests, and ends with the numbers', async () => {
    await standIn('npm', `[ "$1" = ci ] || printf 'some output\\n12 passed, 0 failed, 1 skipped\\n'`);

    expect(await run()).toEqual({
      code: 0,
      lines: ['some output', ...Array.from({ length: 2 }, () => '12 passed, 0 failed, 1 skipped')],
    });
    expect(await calls()).toEqual(['npm ci --no-audit --no-fund', 'npm test']);
    expect(await readdir(join(place.folder, 'tmp'))).toEqual([]);
  });

  it('ends with the numbers after a failure too, whatever npm adds, and fails', async () => {
    await standIn(
      'npm',
      `[ "$1" = ci ] && exit; printf '11 passed, 1 failed\\n'; echo 'npm error Test failed.' >&2; exit 1`,
    );
    const { code, lines } = await run();

    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('11 passed, 1 failed');
  });

  it.each([
    ['the packages cannot be installed', `[ "$1" = ci ] && exit 1; exit 0`],
    ['the tests end without a result', `[ "$1" = ci ] && exit; echo 'Killed'; exit 137`],
  ])('counts one failure when %s', async (_, body) => {
    await standIn('npm', body);
    const { code, lines } = await run();

    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
  });

  it('installs the Debian packages of commands that are missing, and only those', async () => {
    await standIn('npm', `[ "$1" = ci ] || echo '1 passed, 0 failed'`);
    for (const command of ['java', 'chromium']) await rm(join(place.folder, 'bin', command));
    await run();
    const installs = (await calls()).filter((call) => call.startsWith('apt-get '));

    expect(installs).toEqual([
      'apt-get update -qq',
      'apt-get install -y -qq --no-install-recommends chromium openjdk-17-jre-headless',
    ]);
  });
});

async function whereIs(tool: string): Promise<string> {
  for (const folder of (environment()['PATH'] ?? '').split(':')) {
    const found = await readdir(folder).then(
      (names) => names.includes(tool),
      () => false,
    );
    if (found) return join(folder, tool);
  }
  throw new Error(`${tool} is not on the PATH`);
}
