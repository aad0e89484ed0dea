import { chmod, lstat, mkdir, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A real folder at `path`: anything else that lies there (a link, a file, a FIFO) is removed and not followed.
 * The parent must be one already.
 */
export async function ensureFolder(path: string, mode: number): Promise<void> {
  const found = await kindOf(path);
  if (found === 'other') await unlink(path);
  if (found !== 'folder') await mkdir(path);
  // Not left to the umask: the build may run under another uid of the volume's group.
  await chmod(path, mode);
}

/** A regular file or nothing at `path`: anything else that lies there is removed. */
export async function ensureNoOddFile(path: string): Promise<void> {
  const stats = await lstat(path).catch(absent);
  if (stats !== undefined && !stats.isFile()) await removeTree(path);
}

/**
 * Removes what lies at `path`, whatever it is, without following links. Folders that their owner closed (module caches
 * do that) are opened first. What is gone already is no error.
 */
export async function removeTree(path: string): Promise<void> {
  const found = await kindOf(path);
  if (found === 'nothing') return;
  if (found === 'other') {
    await unlink(path);
    return;
  }
  await removeFolder(path);
}

async function removeFolder(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) await removeFolder(inside);
    else await unlink(inside);
  }
  await rmdir(path);
}

/** Removes every `*.lock` below a folder that only this program writes: who left them is gone, since the lease is ours. */
export async function removeLocks(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(absent);
  for (const entry of entries ?? []) {
    const path = join(folder, entry.name);
    // The many folders of loose objects hold no locks.
    if (entry.isDirectory() && !/^[0-9a-f]{2}$/.test(entry.name)) await removeLocks(path);
    else if (entry.name.endsWith('.lock')) await unlink(path);
  }
}

async function kindOf(path: string): Promise<'folder' | 'other' | 'nothing'> {
  const stats = await lstat(path).catch(absent);
  if (stats === undefined) return 'nothing';
  return stats.isDirectory() ? 'folder' : 'other';
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
