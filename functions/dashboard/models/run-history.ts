import {
  type FailingSince,
  failingSince,
  type Flakiness,
  flakinessOf,
  onDefaultBranch,
  resultsBefore,
} from '../../../shared/history/flakiness.ts';
import type { PastResult, PastRun } from '../../../shared/history/history.ts';
import type { Run } from '../../../shared/run/run.ts';
import type { TargetOutline } from './results.ts';

/** What the history says of a test that failed in a run. It explains the failure, and never excuses it. */
export interface FailurePast {
  /** By the results before this run. */
  readonly flakiness: Flakiness;
  /** Null where nothing of this branch is known from before. */
  readonly since: FailingSince | null;
}

export function failurePast(results: readonly PastResult[], run: PastRun): FailurePast {
  return { flakiness: flakinessOf(resultsBefore(results, run)), since: failingSince(results, run) };
}

/** How flaky a test is that was flaky in a run: by the results up to this one, and by no later ones. */
export function flakinessWith(
  results: readonly PastResult[],
  run: PastRun,
  { attempts, durationMs }: TargetOutline,
): Flakiness {
  return flakinessOf([{ run, status: 'FLAKY', attempts, durationMs }, ...resultsBefore(results, run)]);
}

/**
 * How a test stands on the default branch. Its last finished run, `main`, knows it best, but names only its first
 * failures, and not which tests it has: of those that it does not name, the history says it. Null if nobody knows.
 */
export function stateOnDefaultBranch(
  main: Run | null,
  label: string,
  results: readonly PastResult[],
): 'fails' | 'passes' | null {
  const outcome = main?.outcome ?? null;
  if (outcome?.failed.some((failed) => failed.label === label) === true) return 'fails';
  const last = onDefaultBranch(results);
  // What passed from a cache is in no history.
  return last !== null && outcome?.verdict === 'passed' ? 'passes' : last;
}
