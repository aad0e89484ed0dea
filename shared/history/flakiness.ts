import { isFailing } from '../bazel/test-status.ts';
import { compareRuns, type PastResult, type PastRun } from './history.ts';

/** So many results without a flaky one make the first flaky one a beginning. */
const cleanBefore = 5;

export interface Flakiness {
  /** Results that are `FLAKY`, of so many. */
  readonly flaky: number;
  readonly of: number;
  /**
   * `began`: it was not flaky before, and since `since` it is. `known`: it is flaky for as far back as anything is kept, or
   * too little is kept to say more.
   */
  readonly kind: 'none' | 'began' | 'known';
  readonly since: PastRun | null;
}

/**
 * How flaky a target is by its results, newest first. Only what Bazel calls `FLAKY` counts: failed at first, passed when
 * tried again in the same run. A test that failed in all attempts counts as a failure and excuses nothing.
 */
export function flakinessOf(results: readonly PastResult[]): Flakiness {
  const flaky = results.filter(({ status }) => status === 'FLAKY').length;
  const first = results.findLastIndex(({ status }) => status === 'FLAKY');
  if (first === -1) return { flaky: 0, of: results.length, kind: 'none', since: null };
  const before = results.length - 1 - first;
  const began = before >= cleanBefore;
  return {
    flaky,
    of: results.length,
    kind: began ? 'began' : 'known',
    since: began ? (results[first]?.run ?? null) : null,
  };
}

/** From 0 to 1; 0 if nothing is known. */
export function flakeRate({ flaky, of }: Pick<Flakiness, 'flaky' | 'of'>): number {
  return of === 0 ? 0 : flaky / of;
}

/** How long it usually takes: the median of the results that passed at once; of all, if none did. Null if nobody knows. */
export function typicalDuration(results: readonly PastResult[]): number | null {
  const timed = results.filter(({ durationMs }) => durationMs !== null);
  const clean = timed.filter(({ status }) => status === 'PASSED');
  const durations = (clean.length > 0 ? clean : timed)
    .map(({ durationMs }) => durationMs ?? 0)
    .sort((left, right) => left - right);
  return durations[Math.floor((durations.length - 1) / 2)] ?? null;
}

/** Since when a target fails without a pass between, on the branch of the run that asks. */
export interface FailingSince {
  readonly first: PastRun;
  /** It may fail for longer: nothing older is kept. */
  readonly orEarlier: boolean;
}

/**
 * Of a target that failed in `run`: the first failure of the same branch since its last pass there, which may be `run`
 * itself. Null if nothing of the branch is known but this run.
 */
export function failingSince(results: readonly PastResult[], run: PastRun): FailingSince | null {
  const before = resultsBefore(results, run).filter((result) => result.run.branch === run.branch);
  if (before.length === 0) return null;
  const passed = before.findIndex(({ status }) => !isFailing(status));
  const failing = passed === -1 ? before : before.slice(0, passed);
  return { first: failing.at(-1)?.run ?? run, orEarlier: passed === -1 };
}

/** Those of runs that came before. */
export function resultsBefore(results: readonly PastResult[], run: PastRun): PastResult[] {
  return results.filter((result) => compareRuns(result.run, run) < 0);
}

/** What the newest result on the default branch says; null if there is none. */
export function onDefaultBranch(results: readonly PastResult[]): 'fails' | 'passes' | null {
  const newest = results.find(({ run }) => run.onDefaultBranch);
  if (newest === undefined) return null;
  return isFailing(newest.status) ? 'fails' : 'passes';
}
