import { errorCode } from '../errors.ts';
import { Run, type RunState } from '../run/run.ts';
import type { Documents, Write } from '../outside/documents.ts';
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
  return await list(documents, {
    where: [
      { field: 'repoId', equals: repoId },
      { field: 'state', equals: 'queued' },
    ],
    orderBy: { field: 'pushedAt', direction: 'asc' },
    limit,
  });
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
  return await list(documents, {
    where: [
      { field: 'repoId', equals: options.repoId },
      ...(options.ref === undefined ? [] : [{ field: 'ref', equals: options.ref }]),
      ...(options.state === undefined ? [] : [{ field: 'state', equals: options.state }]),
    ],
    orderBy: { field: 'createdAt', direction: 'desc' },
    ...(options.before === undefined ? {} : { after: options.before }),
    limit: options.limit,
  });
}

/** Runs that are not final, or whose status is not settled. Oldest first. */
export async function openRuns(documents: Documents, limit: number): Promise<Stored<Run>[]> {
  return await list(documents, {
    where: [{ field: 'open', equals: true }],
    orderBy: { field: 'createdAt', direction: 'asc' },
    limit,
  });
}

export async function runOfJob(documents: Documents, jobUid: string): Promise<Stored<Run> | null> {
  const [run] = await list(documents, { where: [{ field: 'job.uid', equals: jobUid }], limit: 1 });
  return run ?? null;
}

async function list(
  documents: Documents,
  query: Omit<Parameters<Documents['query']>[0], 'collection'>,
): Promise<Stored<Run>[]> {
  const snapshots = await documents.query({ collection: 'runs', ...query });
  return snapshots.map((snapshot) => stored(Run, snapshot));
}
