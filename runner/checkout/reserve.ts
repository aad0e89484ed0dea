import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from './folders.ts';

/** More files than are written before there is room, each larger than any of them. */
const files = 4;
const bytes = 16 * 1024;
const fullCodes = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Does what has to be done on a volume before anything on it may be removed. Where the volume is full to the last byte or
 * inode, what was kept in reserve makes room for that.
 */
export async function withReserve<Result>(reserve: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && fullCodes.has(String(error.code)))) throw error;
    await removeTree(reserve);
  }
  return await work();
}

/** Makes the reserve if it is not there. Full of zeros, which take as much room as anything. */
export async function keepReserve(reserve: string): Promise<void> {
  await mkdir(reserve, { recursive: true });
  const there = new Set(await readdir(reserve));
  for (let index = 0; index < files; index += 1) {
    const name = String(index);
    if (!there.has(name)) await writeFile(join(reserve, name), Buffer.alloc(bytes));
  }
}
