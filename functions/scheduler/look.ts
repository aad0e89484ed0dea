import { YbError } from '../../shared/errors.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { Run } from '../../shared/run/run.ts';
import type { Stored } from '../../shared/store/record.ts';
import { type Repository, readRepository } from '../../shared/store/repositories.ts';
import { queuedRuns, readRun } from '../../shared/store/runs.ts';
import { type Held, readVolumes } from '../../shared/store/volumes.ts';
import type { Volume } from '../../shared/volume/volume.ts';

/** How many waiting runs of a repository one look takes in: more than it has volumes to give. */
const queueWindow = 20;

/** What is true of a repository at one moment. */
export interface Look {
  readonly repository: Stored<Repository>;
  readonly volumes: readonly Stored<Volume>[];
  readonly queued: readonly Stored<Run>[];
}

/** @throws YbError `not-found` for a repository that is not registered */
export async function look(documents: Documents, repoId: string): Promise<Look> {
  const [repository, volumes, queued] = await Promise.all([
    readRepository(documents, repoId),
    readVolumes(documents, repoId),
    queuedRuns(documents, repoId, queueWindow),
  ]);
  if (repository === null) throw notRegistered(repoId);
  return { repository, volumes, queued };
}

/** The claim on a volume whose Job nobody has recorded: a scheduler died in between, or the cluster did not answer. Null if there is none. */
export async function halfMade(documents: Documents, volume: Stored<Volume>): Promise<Held | null> {
  const { holder } = volume.value;
  if (holder === null || holder.jobUid !== null) return null;
  const run = await readRun(documents, holder.runId);
  if (run === null || run.value.state !== 'starting' || run.value.attempt !== holder.attempt) return null;
  return { run, volume };
}

/** The waiting runs with this one, if it waits: it may be further behind than a look takes in. */
export function withRun(queued: readonly Stored<Run>[], run: Stored<Run> | null): readonly Stored<Run>[] {
  return run?.value.state === 'queued' ? [...queued.filter(({ path }) => path !== run.path), run] : queued;
}

export function notRegistered(repoId: string): YbError {
  return new YbError('not-found', `repository ${repoId} is not registered here`);
}
