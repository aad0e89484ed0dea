/** Marks what this system made in a cluster. */
export const managedBy = { label: 'app.kubernetes.io/managed-by', value: 'yb' } as const;

/** Which attempt an object belongs to. Nothing reads a run out of an object's name. */
export const attemptLabels = { run: 'yb/run', attempt: 'yb/attempt', repo: 'yb/repo' } as const;

/** Which volume a Job cleans. */
export const volumeLabel = 'yb/volume';

/** What people want to see of a run in the cluster, and labels cannot hold. */
export const runAnnotations = {
  repository: 'yb/repository',
  ref: 'yb/ref',
  sha: 'yb/sha',
  limits: 'yb/limits',
} as const;
