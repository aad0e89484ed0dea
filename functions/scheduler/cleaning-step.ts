import { type Writer, isGone } from '../../shared/volume/writer.ts';
import { terminationWords } from '../../shared/attempt/termination.ts';
import { isDue } from '../../shared/volume/cleaning.ts';
import type { Volume } from '../../shared/volume/volume.ts';

/** So many failed cleanings in a row speak against the disk itself: from then on an empty one takes its place. */
const triesUntilReplaced = 2;

/** What is true of a volume that was put aside, outside of our own store. */
export interface CleaningObservation extends Writer {
  /** The claim's uid; null if there is none. */
  readonly diskUid: string | null;
  /** Why the Pod's volume does not come, in the cluster's words, if it said so. */
  readonly mountProblem: string | null;
}

export type CleaningStep =
  | { readonly type: 'wait'; readonly problem: string | null }
  /** Claim it for a cleaning; with `replaces`, its disk goes first. */
  | { readonly type: 'start'; readonly replaces: string | null }
  | { readonly type: 'remove-disk'; readonly uid: string }
  | { readonly type: 'make-job'; readonly name: string }
  | { readonly type: 'cleaned' }
  | { readonly type: 'failed'; readonly problem: string };

/**
 * What comes next for a volume that was put aside. Pure. A cleaning Job is a writer like any other: what it has done counts
 * when the Job is over and no Pod of it is left running, and never because time passed.
 */
export function nextCleaningStep(volume: Volume, seen: CleaningObservation, now: Date): CleaningStep {
  const { cleaning, state } = volume;
  if (cleaning === null || !isDue(volume, now)) return { type: 'wait', problem: null };
  if (state === 'quarantined') {
    return { type: 'start', replaces: cleaning.tries >= triesUntilReplaced ? seen.diskUid : null };
  }
  if (state !== 'cleaning' || cleaning.job === null) return { type: 'wait', problem: null };
  if (cleaning.job.uid === null) {
    // The cluster lets a claim go only when no Pod uses it any more, so that this waits for whoever still does.
    if (cleaning.replaces !== null && seen.diskUid === cleaning.replaces)
      return { type: 'remove-disk', uid: cleaning.replaces };
    return { type: 'make-job', name: cleaning.job.name };
  }
  if (!isGone(seen)) return { type: 'wait', problem: waitingFor(seen) };
  if (seen.job?.terminal === 'Complete') return { type: 'cleaned' };
  return { type: 'failed', problem: problemOf(seen, cleaning) };
}

/** Why its Pod does not run yet, where the cluster says so. */
function waitingFor({ pod, mountProblem }: CleaningObservation): string | null {
  if (pod?.phase !== 'Pending') return null;
  return mountProblem ?? pod.unschedulable;
}

function problemOf({ job, pod }: CleaningObservation, cleaning: NonNullable<Volume['cleaning']>): string {
  const { message, reason } = pod?.containers.cleaning ?? { message: null, reason: null };
  // What kept the Pod from running was written down while there was a Pod to ask.
  return terminationWords(message) ?? reason ?? cleaning.problem ?? job?.message ?? job?.reason ?? 'its Job is gone';
}
