import type { Run } from '../run/run.ts';
import { inOrder } from './plan.ts';

/** Where a waiting run stands among those of its repository. */
export interface Place {
  /** So many start before it. */
  readonly before: number;
  /** There may be more than were looked at. */
  readonly orMore: boolean;
  /** In about so many milliseconds it starts; null where nobody can say. */
  readonly startsInMs: number | null;
}

/**
 * The place of a run that waits. The estimate takes volumes to become free one after another, evenly over the time that such runs take:
 * it is for people, and nothing is decided by it. Pure.
 */
export function placeInLine(
  run: Run,
  seen: {
    readonly queued: readonly Run[];
    readonly volumes: number;
    /** In milliseconds; null where nobody knows yet. */
    readonly usual: number | null;
    /** All that wait were looked at. */
    readonly whole: boolean;
  },
): Place {
  const others = seen.queued.filter(({ id, trust }) => id !== run.id && trust === run.trust);
  const before = inOrder([...others, run]).findIndex(({ id }) => id === run.id);
  const orMore = !seen.whole && before === others.length;
  // What it waits for else, nobody knows the end of.
  const isForVolume = run.waitsFor === null || run.waitsFor === 'volume';
  const canSay = isForVolume && run.notBefore === null && !orMore && seen.usual !== null && seen.volumes > 0;
  return {
    before,
    orMore,
    startsInMs: canSay ? Math.round(((before + 0.5) * (seen.usual ?? 0)) / seen.volumes) : null,
  };
}
