import { publicMessage } from '../../shared/errors.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Cluster, WorkingJob } from '../../shared/outside/cluster.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { Run } from '../../shared/run/run.ts';
import { readRun } from '../../shared/store/runs.ts';
import { readVolume } from '../../shared/store/volumes.ts';
import type { Volume } from '../../shared/volume/volume.ts';

export interface OrphanOptions {
  readonly documents: Documents;
  readonly cluster: Cluster;
  readonly clock: Clock;
}

const minute = 60_000;
/** One tick of so many looks: what nobody owns ends by its own deadline as well. */
const everyMinutes = 10;
/** Longer than anybody who makes a Job takes to write down that it is theirs, and than a run that is over lets its Job come to its end. */
const oldEnough = 15 * minute;

/** Whether a Job is the one that its run is at. A run that was decided a moment ago lets its Job come to its end. Pure. */
export function isOwnedByRun(
  job: { readonly name: string; readonly attempt: number },
  run: Run | null,
  now: Date,
): boolean {
  if (run === null) return false;
  if (run.finishedAt !== null) return now.getTime() - run.finishedAt.getTime() < oldEnough;
  return run.attempt === job.attempt && run.job?.name === job.name;
}

/** Whether a Job is the one that cleans a volume now. Pure. */
export function isOwnedByVolume(job: { readonly name: string }, volume: Volume | null): boolean {
  return volume?.cleaning?.job?.name === job.name;
}

/**
 * Has Jobs end that belong to nobody: their run is over or at another attempt, or there is none. They would keep room of the cluster,
 * and a volume, until their own deadline. Asked of the cluster by labels and age; what fails here keeps nothing else from being done.
 * @returns what happened, for the log
 */
export async function endOrphans(options: OrphanOptions): Promise<string | undefined> {
  const now = options.clock.now();
  if (Math.floor(now.getTime() / minute) % everyMinutes !== 0) return undefined;
  try {
    const jobs = await options.cluster.workingJobs(new Date(now.getTime() - oldEnough));
    const ended: string[] = [];
    for (const job of jobs) {
      // Of what cannot be read now nobody knows whose it is.
      if (await isOwned(options, job, now).catch(() => true)) continue;
      await options.cluster.expireJob(job.name);
      ended.push(job.name);
    }
    return ended.length === 0 ? undefined : ended.join(', ');
  } catch (error) {
    return publicMessage(error);
  }
}

async function isOwned({ documents }: OrphanOptions, { name, of }: WorkingJob, now: Date): Promise<boolean> {
  switch (of?.kind) {
    case 'attempt':
      return isOwnedByRun({ name, attempt: of.attempt }, (await readRun(documents, of.runId))?.value ?? null, now);
    case 'cleaning':
      return isOwnedByVolume({ name }, (await readVolume(documents, of.repoId, of.volume))?.value ?? null);
    case undefined:
      return false;
  }
}
