import { Run } from '../run/run.ts';
import { Volume } from '../volume/volume.ts';
import type { Documents, Write } from '../outside/documents.ts';
import { ask, byNow } from './queries.ts';
import { commitChange, saveStored, type Stored, stored, storedOrNull, updateOf } from './record.ts';
import { repositoryPath } from './repositories.ts';

/** More than any repository has. */
const maxVolumes = 64;

export function volumePath(repoId: string, index: number): string {
  return `${repositoryPath(repoId)}/volumes/${index}`;
}

export async function readVolumes(documents: Documents, repoId: string): Promise<Stored<Volume>[]> {
  const snapshots = await ask(documents, 'volumes', { in: repositoryPath(repoId), equal: {}, limit: maxVolumes });
  return snapshots.map((snapshot) => stored(Volume, snapshot));
}

export async function readVolume(documents: Documents, repoId: string, index: number): Promise<Stored<Volume> | null> {
  const [snapshot] = await documents.get([volumePath(repoId, index)]);
  return storedOrNull(Volume, snapshot);
}

/** Stores the volume's changes, if nobody changed it meanwhile. @throws YbError `conflict` */
export async function saveVolume(documents: Documents, before: Stored<Volume>, next: Volume): Promise<Stored<Volume>> {
  return await saveStored(documents, { schema: Volume, before, next });
}

/** Repositories with a volume that was put aside, about which something is to be done by now; longest due first. */
export async function repositoriesWithDueVolumes(documents: Documents, now: Date, limit: number): Promise<string[]> {
  const snapshots = await ask(documents, 'dueVolumes', { equal: {}, before: byNow(now), limit });
  return [...new Set(snapshots.map(({ path }) => repositoryOf(path)))];
}

/** Before every time at which a disk is given back, and after those of volumes whose disk is not. */
const never = new Date(0);

/** Repositories with a volume whose disk nobody has used for too long by now. */
export async function repositoriesWithIdleVolumes(documents: Documents, now: Date, limit: number): Promise<string[]> {
  const snapshots = await ask(documents, 'idleVolumes', { equal: {}, after: never, before: byNow(now), limit });
  return [...new Set(snapshots.map(({ path }) => repositoryOf(path)))];
}

/** The repository with a volume that this Job cleans, or that an attempt of it holds. */
export async function repositoryOfWriter(documents: Documents, jobUid: string): Promise<string | null> {
  const [[held], [cleaned]] = await Promise.all([
    ask(documents, 'volumeOfHolder', { equal: { 'holder.jobUid': jobUid }, limit: 1 }),
    ask(documents, 'volumeOfCleaning', { equal: { 'cleaning.job.uid': jobUid }, limit: 1 }),
  ]);
  const found = held ?? cleaned;
  return found === undefined ? null : repositoryOf(found.path);
}

function repositoryOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** A run and the volume it holds, as stored. */
export interface Held {
  readonly run: Stored<Run>;
  readonly volume: Stored<Volume>;
}

/**
 * Changes a run and its volume together: both or neither, and only if nobody changed either meanwhile. This one commit is
 * what makes a lease: of many that try at once exactly one wins, and none waits for a lock. `also` is part of it.
 * @throws YbError `conflict`
 */
export async function saveLease(
  documents: Documents,
  before: Held,
  next: { readonly run: Run; readonly volume: Volume; readonly also?: readonly Write[] },
): Promise<Held> {
  const writes = [updateOf(Run, before.run, next.run), updateOf(Volume, before.volume, next.volume)].filter(
    (write) => write !== null,
  );
  const versions = writes.length === 0 ? [] : await commitChange(documents, [...writes, ...(next.also ?? [])]);
  const versionOf = (path: string) => versions[writes.findIndex((write) => write.path === path)];
  return {
    run: { ...before.run, value: next.run, version: versionOf(before.run.path) ?? before.run.version },
    volume: { ...before.volume, value: next.volume, version: versionOf(before.volume.path) ?? before.volume.version },
  };
}
