import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { buildAll } from '../../build/build.ts';
import { commands } from '../../cli/commands.ts';
import { environment } from '../../shared/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('the command is a package that npm installs in an empty folder, with nothing beside it', async () => {
  const root = join(import.meta.dirname, '../..');
  const [built] = await buildAll({ root, outDir: temporaryFolder(), only: ['cli'] });
  const env = { ...environment(), PATH: `${dirname(process.execPath)}:${environment()['PATH'] ?? ''}` };
  const run = async (cwd: string, command: string, ...args: string[]) =>
    (await promisify(execFile)(command, args, { cwd, env, timeout: 120_000 })).stdout;
  const packed = (await run(built?.folder ?? '', 'npm', 'pack', '--silent')).trim();
  const folder = temporaryFolder();
  const quiet = ['--offline', '--no-audit', '--no-fund', '--silent'];
  await run(folder, 'npm', 'install', ...quiet, join(built?.folder ?? '', packed));

  expect((await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual(['yb-cli']);
  const help = await run(folder, join('node_modules', '.bin', 'yb'), '--help');
  for (const { name } of commands) expect(help).toContain(`  ${name}`);
});
