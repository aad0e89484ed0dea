import type { Dirent } from 'node:fs';
import { chmod, lstat, mkdir, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Of what a build has named: any bytes but `/` and NUL. */
type Path = string | Bytes;
type Bytes = Buffer<ArrayBuffer>;

/**
 * A real folder at `path`: anything else that lies there (a link, a file, a FIFO) is removed and not followed.
 * The parent must be one already.
 */
export async function ensureFolder(path: Path, mode: number): Promise<void> {
  const found = await kindOf(path);
  if (found === 'other') await unlink(path);
  if (found !== 'folder') await mkdir(path);
  // Not left to the umask: the build may run under another uid of the volume's group.
  await chmod(path, mode);
}

/** A regular file that its owner may write, or nothing, at `path`: anything else that lies there is removed. */
export async function ensureNoOddFile(path: string): Promise<void> {
  const stats = await lstat(path).catch(absent);
  if (stats === undefined) return;
  if (!stats.isFile()) await removeTree(path);
  else if ((stats.mode & 0o600) !== 0o600) await chmod(path, 0o644);
}

/** A folder that its owner may use, or nothing, at `path`: anything else that lies there is removed. */
export async function ensureNoOddFolder(path: string): Promise<void> {
  const stats = await lstat(path).catch(absent);
  if (stats === undefined) return;
  if (!stats.isDirectory()) await unlink(path);
  else if ((stats.mode & 0o700) !== 0o700) await chmod(path, 0o755);
}

/**
 * Removes what lies at `path`, whatever it is, without following links. Folders that their owner closed (module caches
 * do that) are opened first. What is gone already is no error.
 */
export async function removeTree(path: Path): Promise<void> {
  const found = await kindOf(path);
  if (found === 'nothing') return;
  if (found === 'other') {
    await unlink(path);
    return;
  }
  const top = Buffer.from(path);
  // Again, as long as folders come up from the depth.
  do await removeEntries(top, top);
  while ((await readdir(top)).length > 0);
  await rmdir(top);
}

/** A tree may be deeper than a path may be long (4,096 bytes on Linux, 1,024 on macOS). */
const longestPath = 900;

async function removeEntries(folder: Bytes, top: Bytes): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await entriesOf(folder)) {
    const inside = below(folder, entry.name);
    if (!entry.isDirectory()) {
      await unlink(inside);
    } else if (inside.length - top.length > longestPath) {
      await chmod(inside, 0o700);
      await moveUp(inside, top);
    } else {
      await removeEntries(inside, top);
      await rmdir(inside);
    }
  }
}

async function moveUp(folder: Bytes, top: Bytes): Promise<void> {
  const taken = new Set(['EEXIST', 'ENOTEMPTY', 'ENOTDIR']);
  for (let number = 0; ; number += 1) {
    try {
      await rename(folder, below(top, Buffer.from(`deep-${number}`)));
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && taken.has(String(error.code)))) throw error;
    }
  }
}

/**
 * Removes from everywhere below a folder what git must not meet in a tree that is not its own work: `.git` of any kind,
 * which it would look into, and what makes whoever opens it wait (a FIFO in the place of `.gitattributes`).
 */
export async function removeTraps(folder: Path): Promise<void> {
  const waiting = [Buffer.from(folder)];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of await entriesOf(next)) {
      const inside = below(next, entry.name);
      const ordinary = entry.isDirectory() || entry.isFile() || entry.isSymbolicLink();
      if (!ordinary || entry.name.equals(gitName)) await removeTree(inside);
      else if (entry.isDirectory()) waiting.push(inside);
    }
  }
}

const gitName = Buffer.from('.git');

async function entriesOf(folder: Bytes): Promise<Dirent<Buffer>[]> {
  return await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
}

function below(folder: Bytes, name: Buffer): Bytes {
  return Buffer.concat([folder, Buffer.from('/'), name]);
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

async function kindOf(path: Path): Promise<'folder' | 'other' | 'nothing'> {
  const stats = await lstat(path).catch(absent);
  if (stats === undefined) return 'nothing';
  return stats.isDirectory() ? 'folder' : 'other';
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
