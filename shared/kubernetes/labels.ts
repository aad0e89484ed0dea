import * as z from 'zod';
import { Attempt, RepoId, RunId } from '../ids.ts';
import type { WorkingJob } from '../outside/cluster.ts';

/** Marks what this system made in a cluster. */
export const managedBy = { label: 'app.kubernetes.io/managed-by', value: 'yb' } as const;

/** Which attempt an object belongs to. Nothing reads a run out of an object's name. */
export const attemptLabels = { run: 'yb/run', attempt: 'yb/attempt', repo: 'yb/repo' } as const;

/** Which volume a Job cleans. */
export const volumeLabel = 'yb/volume';

const OfAttempt = z
  .object({ [attemptLabels.run]: RunId, [attemptLabels.attempt]: z.coerce.number().pipe(Attempt) })
  .transform((labels) => ({
    kind: 'attempt' as const,
    runId: labels[attemptLabels.run],
    attempt: labels[attemptLabels.attempt],
  }));
const OfCleaning = z
  .object({ [attemptLabels.repo]: RepoId, [volumeLabel]: z.coerce.number().int().min(0) })
  .transform((labels) => ({
    kind: 'cleaning' as const,
    repoId: labels[attemptLabels.repo],
    volume: labels[volumeLabel],
  }));

/** For what a Job was made, as its labels say; null if they do not. */
export function madeFor(labels: Readonly<Record<string, string>>): WorkingJob['of'] {
  return z.union([OfAttempt, OfCleaning]).safeParse(labels).data ?? null;
}

/** What people want to see of a run in the cluster, and labels cannot hold. */
export const runAnnotations = {
  repository: 'yb/repository',
  ref: 'yb/ref',
  sha: 'yb/sha',
  limits: 'yb/limits',
} as const;
