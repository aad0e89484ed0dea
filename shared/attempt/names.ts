/** The name of an attempt's Job: making it twice meets the same Job. Nothing is ever read out of it. */
export function jobName(run: { readonly id: string; readonly attempt: number }): string {
  return `run-${run.id}-${run.attempt}`;
}

/** The name of a Job that cleans a volume under an epoch. */
export function cleaningName(volume: {
  readonly repoId: string;
  readonly index: number;
  readonly epoch: number;
}): string {
  return `clean-${volume.repoId}-${volume.index}-${volume.epoch}`;
}

/** The name of a volume's disk in the cluster, stable for the volume's life. */
export function diskName(repoId: string, index: number): string {
  return `vol-${repoId}-${index}`;
}
