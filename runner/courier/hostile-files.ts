import { constants, existsSync } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';

/** Why there is nothing to read: nothing lies there, or something that is not read. */
export type Absence = 'absent' | 'refused';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/**
 * Opens a file that untrusted code may have made, in a folder that it may change at any moment. No part of the path
 * below `root` is followed if it is a link: whoever makes `log` a link to `/proc/self/environ` of its reader would have
 * the reader's secrets published. Only regular files that are not mostly holes are opened, and nothing is waited for.
 */
export async function openBelow(root: string, path: string): Promise<FileHandle | Absence> {
  const names = path.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..' || name.includes('\0'))) return 'refused';
  const handle = existsSync(descriptors) ? await openByFolders(root, names) : await openByCheck(root, names);
  if (typeof handle === 'string') return handle;
  const stats = await handle.stat();
  if (stats.isFile() && !isSparse(stats)) return handle;
  await handle.close();
  return 'refused';
}

/**
 * Whether a file claims more than it holds: its holes would be read, sent and stored as zeros. File systems that
 * compress make honest files small as well, but not by this much.
 */
export function isSparse(stats: { readonly size: number; readonly blocks: number }): boolean {
  return stats.size > 1024 * 1024 && stats.blocks * 512 * 64 < stats.size;
}

const descriptors = '/proc/self/fd';

/**
 * Folder by folder, each opened through the descriptor of the one before (as openat(2) does): what is swapped in the
 * meantime changes nothing.
 */
async function openByFolders(root: string, names: readonly string[]): Promise<FileHandle | Absence> {
  let folder = await tryOpen(root, O_RDONLY | O_DIRECTORY);
  for (const [index, name] of names.entries()) {
    if (typeof folder === 'string') return folder;
    const last = index === names.length - 1;
    const flags = last ? O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY : O_RDONLY | O_NOFOLLOW | O_DIRECTORY;
    const next = await tryOpen(`${descriptors}/${folder.fd}/${name}`, flags);
    await folder.close();
    folder = next;
  }
  return folder;
}

/** Where a system has no such descriptors (macOS): looks first, and after opening compares with what it saw. */
async function openByCheck(root: string, names: readonly string[]): Promise<FileHandle | Absence> {
  const paths = names.map((_, index) => join(root, ...names.slice(0, index + 1)));
  for (const [index, path] of paths.entries()) {
    const stats = await lstat(path).catch(() => null);
    if (stats === null) return 'absent';
    if (index < paths.length - 1 ? !stats.isDirectory() : !stats.isFile()) return 'refused';
    if (index < paths.length - 1) continue;
    const handle = await tryOpen(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (typeof handle === 'string') return handle;
    const opened = await handle.stat();
    if (opened.dev === stats.dev && opened.ino === stats.ino) return handle;
    await handle.close();
  }
  return 'refused';
}

async function tryOpen(path: string, flags: number): Promise<FileHandle | Absence> {
  try {
    return await open(path, flags);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'absent' : 'refused';
  }
}

/** Reads a small file whole; one that is larger than `limit` is refused. */
export async function readBelow(root: string, path: string, limit: number): Promise<Buffer | Absence> {
  return await withFile(root, path, async (handle) => {
    const { size } = await handle.stat();
    if (size > limit) return 'refused';
    return await readRange(handle, 0, size);
  });
}

/** Reads the last bytes of a file, at most `limit`. */
export async function readEndBelow(root: string, path: string, limit: number): Promise<Buffer | Absence> {
  return await withFile(root, path, async (handle) => {
    const { size } = await handle.stat();
    const start = Math.max(0, size - limit);
    return await readRange(handle, start, size - start);
  });
}

async function withFile(
  root: string,
  path: string,
  read: (handle: FileHandle) => Promise<Buffer | Absence>,
): Promise<Buffer | Absence> {
  const handle = await openBelow(root, path);
  if (typeof handle === 'string') return handle;
  try {
    return await read(handle);
  } finally {
    await handle.close();
  }
}

async function readRange(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, start + filled);
    // It was cut shorter since.
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
