import { unlinkSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { checkoutExitCodes, repairActions } from '../../shared/attempt/exit-codes.ts';
import { CheckoutFailure } from './failure.ts';
import { emptyFolder, ensureFolder, listFiles, removeTree } from './folders.ts';
import type { Report } from './report.ts';
import type { VolumeLayout } from './volume.ts';

/** What a file system has. Some count no inodes: 0 of 0. */
export interface Space {
  readonly bytes: { readonly free: number; readonly total: number };
  readonly inodes: { readonly free: number; readonly total: number };
}

export type MeasureSpace = (folder: string) => Promise<Space>;

/** What shall be free. */
export interface Need {
  readonly bytes: number;
  readonly inodes: number;
}

const none: Need = { bytes: 0, inodes: 0 };

/** What is missing, if `spare` shall be left beside it. */
type Missing = (spare?: Need) => Promise<Need | null>;

/** Asks the file system, which knows: nothing is walked through. */
export const measureSpace: MeasureSpace = async (folder) => {
  const { bsize, blocks, bavail, files, ffree } = await statfs(folder);
  return { bytes: { free: bavail * bsize, total: blocks * bsize }, inodes: { free: ffree, total: files } };
};

/** What is missing of what is needed; null if nothing is. A small volume is not asked for more than a tenth of itself. */
export function shortage(space: Space, need: Need, more: Need = none): Need | null {
  const short = (part: 'bytes' | 'inodes'): number => {
    const { free, total } = space[part];
    return total === 0 ? 0 : Math.max(0, Math.min(need[part], Math.floor(total / 10)) + more[part] - free);
  };
  const [bytes, inodes] = [short('bytes'), short('inodes')];
  return bytes === 0 && inodes === 0 ? null : { bytes, inodes };
}

/** Whether the volume is so full that whatever failed may have failed for that. */
export function isFull({ bytes, inodes }: Space): boolean {
  return bytes.free < 16 * 1024 ** 2 || (inodes.total > 0 && inodes.free < 100);
}

/**
 * Sees to it that a run has room on its volume, by what costs least: the disk cache's oldest entries, all of it, Bazel's
 * output base, and, before anything is fetched, all the rest. Whatever is removed can be made again.
 * @param more what is needed beside the room of every run, once the work has begun
 * @returns what was removed, as repairs of the result
 * @throws CheckoutFailure `volumeFull` if there is no room even then
 */
export async function makeRoom(options: {
  readonly layout: VolumeLayout;
  readonly need: Need;
  readonly more?: Need;
  readonly measure: MeasureSpace;
  readonly report: Report;
}): Promise<string[]> {
  const { layout, need, more = none, measure, report } = options;
  const missing: Missing = async (spare = none) =>
    shortage(await measure(layout.build), need, {
      bytes: more.bytes + spare.bytes,
      inodes: more.inodes + spare.inodes,
    });
  const repairs: string[] = [];
  const first = await missing();
  if (first === null) return repairs;
  report.say(`the volume has no room for the run: ${words(first)} too little`);
  const shrunk = await shrinkDiskCache(layout.diskCache, { first, need, missing });
  if (shrunk !== null) {
    repairs.push(shrunk);
    report.say(
      shrunk === repairActions.diskCacheRemoved
        ? 'removed the disk cache'
        : 'removed the oldest entries of the disk cache',
    );
  }
  if ((await missing()) === null) return repairs;
  await removeTree(layout.outputBase);
  repairs.push(repairActions.outputsRemoved);
  report.say("removed Bazel's output base: this run is a cold one");
  if (options.more === undefined && (await missing()) !== null) {
    await removeEverything(layout);
    repairs.push(repairActions.everythingRemoved);
    report.say('removed everything else that was on it');
  }
  const last = await missing();
  if (last === null) return repairs;
  throw new CheckoutFailure(
    checkoutExitCodes.volumeFull,
    `The volume has ${words(last)} too little for a run, also without its caches.`,
    repairs,
  );
}

/** What a build left in places of its own, and what was fetched for other commits, may be what fills the volume. */
async function removeEverything(layout: VolumeLayout): Promise<void> {
  await emptyFolder(layout.build, [layout.lock, layout.holder]);
  await ensureFolder(layout.tree, 0o755);
  for (const part of [layout.index, layout.modules, layout.lfs, layout.mirror]) await removeTree(part);
}

/** Removes the entries used longest ago. Twice what a run needs is made free, so that the next one need not begin again. */
async function shrinkDiskCache(
  folder: string,
  options: { readonly first: Need; readonly need: Need; readonly missing: Missing },
): Promise<string | null> {
  const { first, need, missing } = options;
  const files = (await listFiles(folder)).sort((left, right) => left.usedAt - right.usedAt);
  const spare = { bytes: first.bytes === 0 ? 0 : need.bytes, inodes: first.inodes === 0 ? 0 : need.inodes };
  const freed = { bytes: 0, inodes: 0 };
  let removed = 0;
  for (const { path, bytes } of files) {
    // What was freed is an estimate, of which files with several names are no part; the file system has the last word.
    const reached = freed.bytes >= first.bytes + spare.bytes && freed.inodes >= first.inodes + spare.inodes;
    if ((reached || removed % 200 === 199) && (await missing(spare)) === null) break;
    unlinkSync(path);
    freed.bytes += bytes;
    freed.inodes += 1;
    removed += 1;
  }
  if (removed < files.length) return repairActions.oldEntriesRemoved;
  // Its folders take inodes too.
  if ((await missing()) !== null) await removeTree(folder);
  return removed === 0 ? null : repairActions.diskCacheRemoved;
}

function words({ bytes, inodes }: Need): string {
  const parts = [
    ...(bytes > 0 ? [`${Math.ceil(bytes / 1024 ** 2).toLocaleString('en')} MiB`] : []),
    ...(inodes > 0 ? [`${inodes.toLocaleString('en')} inodes`] : []),
  ];
  return parts.join(' and ');
}
