import { chmod, lstat, readdir } from 'node:fs/promises';
import { removeTree } from './folders.ts';

/** A regular file that its owner may use, or nothing, at `path`: anything else that lies there is removed. */
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
  if (!stats.isDirectory()) await removeTree(path);
  else if ((stats.mode & 0o700) !== 0o700) await chmod(path, 0o755);
}

/**
 * Removes from everywhere below a folder what git must not meet in a work tree: `.git` of any kind, which it would look
 * into; what makes whoever opens it wait (a FIFO in the place of `.gitattributes`); folders that their owner has closed.
 */
export async function removeTraps(folder: string): Promise<void> {
  const pending: Buffer[] = [Buffer.from(folder)];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const entries = await readdir(next, { withFileTypes: true, encoding: 'buffer' }).catch(closed);
    if (entries === null) {
      await removeTree(next);
      continue;
    }
    for (const entry of entries) {
      const path = Buffer.concat([next, Buffer.from('/'), entry.name]);
      const isKnown = entry.isFile() || entry.isDirectory() || entry.isSymbolicLink();
      if (!isKnown || entry.name.equals(gitName)) await removeTree(path);
      else if (entry.isDirectory()) pending.push(path);
    }
  }
}

const gitName = Buffer.from('.git');

function closed(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'EACCES') return null;
  throw error;
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
