import { errorCode } from '../errors.ts';
import { Run, type RunState } from '../run/run.ts';
import type { Documents, Snapshot, Write } from '../outside/documents.ts';
import { ask } from './queries.ts';
import { saveStored, type Stored, stored, storedOrNull, creationOf } from './record.ts';

export function runPath(runId: string): string {
  return `runs/${runId}`;
}

export async function readRun(documents: Documents, runId: string): Promise<Stored<Run> | null> {
  const [snapshot] = await documents.get([runPath(runId)]);
  return storedOrNull(Run, snapshot);
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

/** Newest first. */
export async function latestRuns(
  documents: Documents,
  options: {
    readonly repoId: string;
    readonly ref?: string;
    readonly state?: RunState;
    /** Only runs that came into being before it. */
    readonly before?: Date;
    readonly limit: number;
  },
): Promise<Stored<Run>[]> {
  const { repoId, ref, state, before, limit } = options;
  const part = { limit, ...(before === undefined ? {} : { after: before }) };
  if (ref !== undefined && state !== undefined)
    return runsOf(await ask(documents, 'runsOfRefInState', { equal: { repoId, ref, state }, ...part }));
  if (ref !== undefined) return runsOf(await ask(documents, 'runsOfRef', { equal: { repoId, ref }, ...part }));
  if (state !== undefined) return runsOf(await ask(documents, 'runsInState', { equal: { repoId, state }, ...part }));
  return runsOf(await ask(documents, 'runs', { equal: { repoId }, ...part }));
}

/** Runs that are not final, or whose status is not settled. Oldest first. */
export async function openRuns(documents: Documents, limit: number): Promise<Stored<Run>[]> {
  return runsOf(await ask(documents, 'openRuns', { equal: { open: true }, limit }));
}

/** Those of one repository. */
export async function openRunsOf(documents: Documents, repoId: string, limit: number): Promise<Stored<Run>[]> {
  return runsOf(await ask(documents, 'openRunsOf', { equal: { repoId, open: true }, limit }));
}

export async function runOfJob(documents: Documents, jobUid: string): Promise<Stored<Run> | null> {
  const [run] = runsOf(await ask(documents, 'runOfJob', { equal: { 'job.uid': jobUid }, limit: 1 }));
  return run ?? null;
}

function runsOf(snapshots: readonly Snapshot[]): Stored<Run>[] {
  return snapshots.map((snapshot) => stored(Run, snapshot));
}
