import type { Cluster, JobView, PodView } from '../outside/cluster.ts';

/** A Job that writes to a volume, and its Pod, as the cluster has them now; null for what is not there (any more). */
export interface Writer {
  readonly job: JobView | null;
  readonly pod: PodView | null;
}

/**
 * Reads a writer. Another Job under this name is not it. The Job comes first: where it was not there, or over, no Pod of it can
 * have begun before the second look.
 */
export async function readWriter(
  cluster: Pick<Cluster, 'readJob' | 'readPod'>,
  { name, uid }: { readonly name: string; readonly uid: string },
): Promise<Writer> {
  const job = await cluster.readJob(name);
  const pod = await cluster.readPod(uid);
  return { job: job?.uid === uid ? job : null, pod };
}

/**
 * Whether a writer is provably gone, which alone lets somebody else write: its Job is over or no longer there, and no Pod of
 * it is left running. Time alone proves nothing. Pure, as are its two parts.
 */
export function isGone({ job, pod }: Writer): boolean {
  return isOver(job) && hasEnded(pod);
}

export function isOver(job: JobView | null): boolean {
  return job === null || job.terminal !== null;
}

export function hasEnded(pod: PodView | null): boolean {
  return pod === null || pod.phase === 'Succeeded' || pod.phase === 'Failed';
}
