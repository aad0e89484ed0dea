import type { FileHandle } from 'node:fs/promises';
import { type Absence, isSparse, openBelow } from './hostile-files.ts';

/** Follows a file that grows, by offset. */
export interface Follower {
  /**
   * Reads what comes next into the buffer. 0: nothing new for now.
   * @returns `refused` if what lies there is not read, from then on
   */
  read(buffer: Uint8Array): Promise<number | 'refused'>;
  /**
   * Goes over to another file of the same name, if one has taken the place of the one that was read to its end, and begins
   * anew with one that was emptied and is written again. To be asked before each read.
   * @returns whether it did
   */
  followReplacement(): Promise<boolean>;
  close(): Promise<void>;
}

/** So much of a file's beginning tells it from what is written in its place: Bazel's first event has an id of its own. */
const headBytes = 512;

/** A file below `root` that may not be there yet, and that untrusted code writes. */
export function createFollower(options: { readonly root: string; readonly path: string }): Follower {
  let handle: FileHandle | Absence = 'absent';
  let offset = 0;
  let head = new Uint8Array();
  const openIt = async () => await openBelow(options.root, options.path);
  return {
    read: async (buffer) => {
      if (handle === 'absent') handle = await openIt();
      if (handle === 'absent') return 0;
      if (handle === 'refused') return 'refused';
      const stats = await handle.stat();
      if (offset >= stats.size) return 0;
      if (isSparse(stats)) {
        await handle.close();
        handle = 'refused';
        return 'refused';
      }
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
      if (offset < headBytes) {
        const more = buffer.subarray(0, Math.min(bytesRead, headBytes - offset));
        head = Buffer.concat([head.subarray(0, offset), more]);
      }
      offset += bytesRead;
      return bytesRead;
    },
    followReplacement: async () => {
      if (typeof handle === 'string') return false;
      if (await isWrittenAnew(handle, { offset, head })) {
        offset = 0;
        return true;
      }
      const there = await openIt();
      if (typeof there === 'string') return false;
      const [followed, found] = [await handle.stat(), await there.stat()];
      const same = followed.dev === found.dev && followed.ino === found.ino;
      // What was still written to the first one comes first.
      if (same || offset < followed.size) {
        await there.close();
        return false;
      }
      await handle.close();
      handle = there;
      offset = 0;
      return true;
    },
    close: async () => {
      if (typeof handle !== 'string') await handle.close();
      handle = 'refused';
    },
  };
}

/** Whether the file is shorter than what was read of it, or begins otherwise: a second Bazel may have overtaken the first by now. */
async function isWrittenAnew(
  handle: FileHandle,
  read: { readonly offset: number; readonly head: Uint8Array },
): Promise<boolean> {
  const { size } = await handle.stat();
  if (size < read.offset) return true;
  const now = Buffer.alloc(read.head.length);
  const { bytesRead } = await handle.read(now, 0, now.length, 0);
  return bytesRead < now.length || !now.equals(read.head);
}
