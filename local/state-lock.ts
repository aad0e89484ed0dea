import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { YbError } from '../shared/errors.ts';

/**
 * Takes a folder for one local system: two in one folder would write over each other. What a system that died left behind does
 * not hold. @returns what gives it back
 * @throws YbError `bad-settings` that names who has it
 */
export async function lockState(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, 'pid');
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      await writeFile(file, `${process.pid}\n`, { flag: 'wx' });
      return async () => {
        await rm(file, { force: true });
      };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const holder = Number(await readFile(file, 'utf8').catch(() => ''));
      if (holder > 0 && isAlive(holder)) {
        throw new YbError(
          'bad-settings',
          `${folder} is in use by another local system (process ${holder}): stop it, or give another folder with --state`,
        );
      }
      await rm(file, { force: true });
    }
  }
  throw new YbError('bad-settings', `${folder} is being taken by another local system`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
