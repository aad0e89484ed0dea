import * as z from 'zod';
import { errorCode, publicMessage } from '../errors.ts';
import { Run, type RunState, type VerdictName } from '../run/run.ts';
import type { Documents, Snapshot, Write } from '../outside/documents.ts';
import { ask, askCount, askExactly, byNow } from './queries.ts';
import { releases } from './slots.ts';
import {
  commitChange,
  creationOf,
  fieldsOf,
  saveStored,
  type Stored,
  stored,
  storedOrNull,
  untilWritten,
} from './record.ts';

export function runPath(runId: string): string {
  return `runs/${runId}`;
}

export async function readRun(documents: Documents, runId: string): Promise<Stored<Run> | null> {
  const [snapshot] = await documents.get([runPath(runId)]);
  return isTombstone(snapshot) ? null : storedOrNull(Run, snapshot);
}

/** Stands in place of a run that somebody ended before it was there. */
const Tombstone = z.object({
  tombstone: z.literal(true),
  cancel: z.object({ by: z.string(), at: z.date() }),
  expireAt: z.date(),
});
type Tombstone = z.output<typeof Tombstone>;

function isTombstone(snapshot: Snapshot | null | undefined): boolean {
  return snapshot?.data['tombstone'] === true;
}

/** Pub/Sub gives a message up long before. */
const tombstoneMilliseconds = 7 * 86_400_000;

/** Leaves word that a run is to end as soon as it is there. @returns whether it is still not there */
export async function cancelAhead(documents: Documents, runId: string, cancel: Tombstone['cancel']): Promise<boolean> {
  const path = runPath(runId);
  const expireAt = new Date(cancel.at.getTime() + tombstoneMilliseconds);
  try {
    await documents.commit([creationOf(Tombstone, path, { tombstone: true, cancel, expireAt })]);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'already-exists') throw error;
    return isTombstone((await documents.get([path]))[0]);
  }
}

/** What somebody left in place of a run; null if nobody did. */
export async function readTombstone(documents: Documents, runId: string): Promise<Stored<Tombstone> | null> {
  const [snapshot] = await documents.get([runPath(runId)]);
  return isTombstone(snapshot) ? storedOrNull(Tombstone, snapshot) : null;
}

/** Puts the run where its tombstone stood. @throws YbError `conflict` if somebody else did */
export async function replaceTombstone(documents: Documents, before: Stored<Tombstone>, run: Run): Promise<void> {
  const { path, version } = before;
  const fields = { ...fieldsOf(Run, run, path), tombstone: false };
  await commitChange(documents, [{ type: 'update', path, fields, version }]);
}

/** Makes the run's document. @returns null if it is there already: somebody told of the same push before. */
export async function createRun(documents: Documents, run: Run): Promise<Stored<Run> | null> {
  const path = runPath(run.id);
  try {
    const [version] = await documents.commit([creationOf(Run, path, run)]);
    return version === undefined ? null : { value: run, path, version };
  } catch (error) {
    if (errorCode(error) === 'already-exists') return null;
    throw error;
  }
}

/**
 * Writes with the run as it was read and, after a conflict, with the run as it is by then: for what its writer alone knows.
 * @throws YbError `conflict` if others keep changing it
 */
export async function untilRunWritten<Result>(
  documents: Documents,
  before: Stored<Run>,
  write: (run: Stored<Run>) => Promise<Result>,
): Promise<Result> {
  let known: Stored<Run> | null = before;
  return await untilWritten(async () => {
    const run = known ?? (await readRun(documents, before.value.id)) ?? before;
    known = null;
    return await write(run);
  });
}

/**
 * Stores the run's changes, if nobody changed it meanwhile, and `also` what belongs to the same change.
 * @throws YbError `conflict`
 */
export async function saveRun(
  documents: Documents,
  before: Stored<Run>,
  next: Run,
  also: readonly Write[] = [],
): Promise<Stored<Run>> {
  return await saveStored(documents, { schema: Run, before, next, also });
}

/** Runs of a repository that wait, at most `limit`, in the order of their push. */
export async function queuedRuns(documents: Documents, repoId: string, limit: number): Promise<Stored<Run>[]> {
  return runsOf(await ask(documents, 'queuedRuns', { equal: { repoId, state: 'queued' }, limit }));
}

/** A few, in case that some of them cannot be read. */
const firstOnes = 3;

/** The run of a customer that is next for a place among its own; null if none waits for one. */
export async function nextOfCustomer(documents: Documents, customer: string): Promise<Stored<Run> | null> {
  const equal = { customer, waitsFor: 'customer' };
  return runsOf(await ask(documents, 'nextOfCustomer', { equal, limit: firstOnes }))[0] ?? null;
}

/** The run that is next for a place among all; null if none waits for one. */
export async function nextOfAll(documents: Documents): Promise<Stored<Run> | null> {
  const equal = { waitsFor: 'installation' };
  return runsOf(await ask(documents, 'nextOfAll', { equal, limit: firstOnes }))[0] ?? null;
}

/** How many runs of a customer wait, up to a number. */
export async function countWaiting(documents: Documents, customer: string, most: number): Promise<number> {
  return await askCount(documents, 'waitingOfCustomer', { equal: { customer, state: 'queued' }, limit: most });
}

const comingMilliseconds = 60_000;

/** How many runs of a customer came in the last minute, up to a number. */
export async function countComing(documents: Documents, customer: string, now: Date, most: number): Promise<number> {
  const after = new Date(now.getTime() - comingMilliseconds);
  return await askCount(documents, 'runsOfCustomer', { equal: { customer }, after, limit: most });
}

/** What runs of a repository have in common; whatever is left out. */
export interface RunFilter {
  /** In full. */
  readonly ref?: string | undefined;
  readonly verdict?: VerdictName | undefined;
  /** Of the commit, as its page says it: a login where GitHub knows one, else a name. */
  readonly author?: string | undefined;
}

type Latest = {
  readonly repoId: string;
  /** Only runs that came into being before it. */
  readonly before?: Date;
  readonly limit: number;
} & (RunFilter | { readonly ref?: string; readonly state: RunState });

/** Each has its index: runs are found by what they have in common, however many others there are. */
const lists = [
  'runs',
  'runsOfRef',
  'runsInState',
  'runsOfRefInState',
  'runsWithVerdict',
  'runsByAuthor',
  'runsOfRefWithVerdict',
  'runsOfRefByAuthor',
  'runsWithVerdictByAuthor',
  'runsOfRefWithVerdictByAuthor',
] as const;

/** Newest first. */
export async function latestRuns(documents: Documents, { before, limit, ...of }: Latest): Promise<Stored<Run>[]> {
  const { repoId, ref, state, verdict, author } = { state: undefined, verdict: undefined, author: undefined, ...of };
  const compared = { repoId, ref, state, 'outcome.verdict': verdict, 'commit.author': author };
  const equal = Object.fromEntries(
    Object.entries(compared).flatMap(([field, value]) => (value === undefined ? [] : [[field, value]])),
  );
  return runsOf(
    await askExactly(documents, lists, { equal, limit, ...(before === undefined ? {} : { after: before }) }),
  );
}

/** Before every time at which somebody was to look at a run, and after those at which nobody is. */
const never = new Date(0);

/** Runs at which somebody is to look by now, as they were read, longest due first. */
export async function dueRuns(documents: Documents, now: Date, limit: number): Promise<Snapshot[]> {
  return await ask(documents, 'dueRuns', { equal: {}, after: never, before: byNow(now), limit });
}

/** Runs of a repository of which something is left to do. */
export async function openRunsOf(documents: Documents, repoId: string, limit: number): Promise<Stored<Run>[]> {
  return runsOf(await ask(documents, 'openRunsOf', { equal: { repoId }, after: never, limit }));
}

export async function runOfJob(documents: Documents, jobUid: string): Promise<Stored<Run> | null> {
  const [run] = runsOf(await ask(documents, 'runOfJob', { equal: { 'job.uid': jobUid }, limit: 1 }));
  return run ?? null;
}

/** A run's document that cannot be read, and why. */
export interface Unreadable {
  readonly snapshot: Snapshot;
  readonly why: string;
}

/** Runs that can be read, and what cannot: whoever asks for a list goes on without it, and the tick sets it aside. */
export function sorted(snapshots: readonly Snapshot[]): {
  readonly runs: Stored<Run>[];
  readonly unreadable: readonly Unreadable[];
} {
  const runs: Stored<Run>[] = [];
  const unreadable: Unreadable[] = [];
  for (const snapshot of snapshots) {
    try {
      runs.push(stored(Run, snapshot));
    } catch (error) {
      unreadable.push({ snapshot, why: publicMessage(error) });
    }
  }
  return { runs, unreadable };
}

function runsOf(snapshots: readonly Snapshot[]): Stored<Run>[] {
  return sorted(snapshots).runs;
}

/** What can still be read of it: the places that it keeps from others. */
const Holding = Run.pick({ id: true, attempt: true, slots: true });

const Broken = z.object({
  path: z.string(),
  /** Why it cannot be read, for people. */
  why: z.string(),
  /** As what the queries found it. */
  state: z.string().nullable(),
  at: z.date(),
});

/**
 * Sets a run's document that cannot be read aside, so that nothing waits for it: `broken/{id}` says so to operators, and no query of
 * the functions finds it any more. The places that it holds are given back; all else in it stays as it is.
 */
export async function setAside(
  documents: Documents,
  { snapshot: { path, data, version }, why }: Unreadable,
  at: Date,
): Promise<void> {
  const state = typeof data['state'] === 'string' ? data['state'].slice(0, 100) : null;
  const held = Holding.safeParse(data).data;
  const places = held === undefined ? [] : await releases(documents, held);
  await commitChange(documents, [
    ...places,
    creationOf(Broken, `broken/${path.replaceAll('/', '--')}`, { path, why: why.slice(0, 1000), state, at }),
    { type: 'update', path, fields: { state: 'set-aside', nextLookAt: null, waitsFor: null }, version },
  ]);
}
