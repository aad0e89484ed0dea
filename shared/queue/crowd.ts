import { inAge } from '../run/commit-report.ts';
import type { Run } from '../run/run.ts';
import { isMergeQueue } from '../run/skip.ts';
import { isOrder } from '../run/trigger.ts';

const minute = 60_000;

/**
 * Until when a run rests whose owner has pushed more in the last minute than is tested at once: a minute for each such number beyond the
 * first. Null where it need not. Nothing is lost by it, and others are served meanwhile. Pure.
 * @param count runs of the owner that came in the last minute
 */
export function restAfter(count: number, limit: number, now: Date): Date | null {
  const minutes = Math.floor(count / limit);
  return minutes < 1 ? null : new Date(now.getTime() + minutes * minute);
}

/** For people. */
export function restReason(limit: number): string {
  return `waits for minutes: more than ${limit} pushes a minute of the owner of the repository`;
}

/** How many runs are counted for that at most: a rest of ten minutes is long enough for whoever pushes so often. */
export function mostCounted(limit: number): number {
  return limit * 10;
}

/**
 * The waiting run that gives way where its owner has too many: of side branches, the oldest that a newer one of its branch follows, else
 * the oldest. Never one of the default branch or of a merge queue, whose commits somebody waits for, nor one that somebody asked for.
 * Null if all are of these. Pure.
 * @param queued runs of one repository that wait
 */
export function givesWay(
  queued: readonly Run[],
  { defaultRef }: { readonly defaultRef: string },
): { readonly run: Run; readonly newer: Run | null } | null {
  const side = queued
    .filter(({ ref, trigger }) => ref !== defaultRef && !isMergeQueue(ref) && !isOrder(trigger))
    .toSorted(inAge);
  const newerThan = (run: Run): Run | null =>
    side.findLast((other) => other.ref === run.ref && inAge(other, run) > 0) ?? null;
  const followed = side.find((run) => newerThan(run) !== null);
  const run = followed ?? side[0];
  return run === undefined ? null : { run, newer: newerThan(run) };
}
