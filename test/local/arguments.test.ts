import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockState } from '../../local/state-lock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');

async function run(command: string, args: readonly string[], cwd = root) {
  return await new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(command, [...args], { cwd, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

describe.each(['local/demo.ts', 'local/main.ts'])('%s', (program) => {
  it('says what it takes, and starts nothing', async () => {
    for (const help of ['--help', '-h']) {
      const { code, stdout, stderr } = await run(process.execPath, [program, help]);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^npm run (demo|local) /);
    }
  });

  it('names what it does not know, in one line', async () => {
    const { code, stdout, stderr } = await run(process.execPath, [program, '--verbose']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe("Unknown option '--verbose': see --help\n");
  });
});

describe('a program before anything is installed', () => {
  it('says in one line what to do', async () => {
    const folder = temporaryFolder();
    const script = join(root, 'build/installed.sh');
    expect(await run('sh', [script, 'local/demo.ts'], folder)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Nothing is installed here yet. Run this first: npm ci\n',
    });
  });

  it('is started by the pinned Node once there is one', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/.bin/node'), '', { mode: 0o755 });
    writeFileSync(join(folder, 'program.mjs'), 'console.log(process.argv[2])');
    const { stdout } = await run('sh', [join(root, 'build/installed.sh'), 'program.mjs', 'given'], folder);
    expect(stdout).toBe('given\n');
  });
});

describe('the folder of a local system', () => {
  it('is of one at a time, and says whose it is', async () => {
    const folder = temporaryFolder();
    const release = await lockState(folder);
    await expect(lockState(folder)).rejects.toMatchObject({
      code: 'bad-settings',
      message: `${folder} is in use by another local system (process ${process.pid}): stop it, or give another folder with --state`,
    });
    await release();
    await (
      await lockState(folder)
    )();
  });

  it.each(['', 'no number', '999999999'])('is free when whoever took it is gone: %j', async (left) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'pid'), left);
    await (
      await lockState(folder)
    )();
  });
});
