import type { Clock } from '../../../shared/outside/clock.ts';
import type { PersonsRepository } from '../../../shared/outside/github.ts';
import type { Flakiness } from '../../../shared/history/flakiness.ts';
import { pastRun } from '../../../shared/history/history.ts';
import type { AttemptRef } from '../../../shared/attempt/layout.ts';
import type { FailingAction } from '../../../shared/attempt/result.ts';
import type { CommitReport } from '../../../shared/run/commit-report.ts';
import type { Run } from '../../../shared/run/run.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { readCommitReport } from '../../../shared/store/commit-reports.ts';
import { readHistories } from '../../../shared/store/history.ts';
import { latestRuns } from '../../../shared/store/runs.ts';
import { allows } from '../access/access.ts';
import { inBatches } from './batches.ts';
import { countsOf, type Live } from './live.ts';
import type { ExcerptReader, TestExcerpt } from '../log/excerpts.ts';
import { isFailure } from '../../../shared/bazel/test-status.ts';
import type { ResultReader, Results, TargetOutline } from './results.ts';
import { type FailurePast, failurePast, flakinessWith, stateOnDefaultBranch } from './run-history.ts';
import { runningLine } from '../words/running.ts';

export interface Failure {
  readonly target: TargetOutline;
  /** Null for those beyond the first few: their logs are a click away. */
  readonly excerpt: TestExcerpt | null;
  /** How it stands on the default branch; null if nobody knows, or this is it. */
  readonly onDefaultBranch: 'fails' | 'passes' | null;
  readonly past: FailurePast;
}

export interface FlakyTest {
  readonly target: TargetOutline;
  /** By its results up to this run's. */
  readonly flakiness: Flakiness;
}

/** All that the page of a run shows. */
export interface RunModel {
  readonly run: Run;
  readonly repository: PersonsRepository;
  readonly mayWrite: boolean;
  readonly now: Date;
  /** Tests that ran and failed. */
  readonly failures: readonly Failure[];
  /** Tests that could not be run, since they did not build. */
  readonly unbuilt: readonly TargetOutline[];
  readonly failingActions: readonly FailingAction[];
  readonly flaky: readonly FlakyTest[];
  readonly passed: readonly TargetOutline[];
  /** Interrupted or never begun. */
  readonly unfinished: readonly TargetOutline[];
  /** What is said while it goes on. */
  readonly line: string;
  readonly usual: number | null;
  /** What GitHub is told of its commit. */
  readonly report: CommitReport | null;
  /** Of the live view. */
  readonly piece: number;
}

export type RunModelReader = (run: Run, repository: PersonsRepository) => Promise<RunModel>;

/** Of more failures than these, only the labels are on the page at first. */
const excerpts = 5;
/** Of more tests than these, the history is not looked for: most of it would be downloaded. */
const histories = 500;
const none: Results = { targets: [], failures: [], piece: 0, changedAfter: () => [] };

export function createRunModelReader(options: {
  readonly documents: Documents;
  readonly results: ResultReader;
  readonly excerpts: ExcerptReader;
  readonly live: Live;
  readonly clock: Clock;
}): RunModelReader {
  const { documents } = options;

  const defaultBranchOf = async (run: Run, repository: PersonsRepository): Promise<Run | null> => {
    const ref = `refs/heads/${repository.defaultBranch}`;
    if (run.ref === ref || run.outcome?.verdict !== 'failed') return null;
    const [last] = await latestRuns(documents, { repoId: run.repoId, ref, state: 'finished', limit: 1 });
    return last?.value ?? null;
  };

  return async (run, repository) => {
    const ref: AttemptRef = { runId: run.id, attempt: run.attempt };
    const ended = run.state === 'finished';
    // Before its first claim a run has written nothing.
    const begun = run.startedAt !== null;
    const [results, main, usual, report, place] = await Promise.all([
      begun ? (ended ? options.results.finished(ref) : options.results.live(ref)) : none,
      defaultBranchOf(run, repository),
      ended ? null : options.live.usualDuration(run),
      readCommitReport(documents, run),
      options.live.place(run),
    ]);
    const now = options.clock.now();
    const failed = results.targets
      .filter(({ status }) => isFailure(status) && status !== 'FAILED_TO_BUILD')
      .sort(byWeight);
    const flaky = results.targets.filter(({ status }) => status === 'FLAKY');
    const [shown, past] = await Promise.all([
      inBatches(ended ? failed.slice(0, excerpts) : [], async (target) => await options.excerpts.read(ref, target)),
      readHistories(
        documents,
        run.repoId,
        ended ? [...failed, ...flaky].slice(0, histories).map(({ label }) => label) : [],
      ),
    ]);
    const defaultRef = `refs/heads/${repository.defaultBranch}`;
    const own = pastRun(run, defaultRef);
    const pastOf = ({ label }: TargetOutline) => past.get(label) ?? [];
    return {
      run,
      repository,
      mayWrite: allows(repository, 'write'),
      now,
      failures: failed.map((target, index) => ({
        target,
        excerpt: shown[index] ?? null,
        onDefaultBranch: run.ref === defaultRef ? null : stateOnDefaultBranch(main, target.label, pastOf(target)),
        past: failurePast(pastOf(target), own),
      })),
      unbuilt: results.targets.filter(({ status }) => status === 'FAILED_TO_BUILD'),
      failingActions: results.failures,
      flaky: flaky.map((target) => ({ target, flakiness: flakinessWith(pastOf(target), own, target) })),
      passed: results.targets.filter(({ status }) => status === 'PASSED'),
      unfinished: results.targets.filter(
        ({ status }) => !isFailure(status) && status !== 'PASSED' && status !== 'FLAKY',
      ),
      usual,
      report: report?.value ?? null,
      line: runningLine({ run, now, usual, tests: countsOf(results), place }),
      piece: results.piece,
    };
  };
}

/** What says most first: a failed test with its log, then one that timed out. */
function byWeight(left: TargetOutline, right: TargetOutline): number {
  const order = ['FAILED', 'TIMEOUT', 'REMOTE_FAILURE'];
  const weight = ({ log, status }: TargetOutline): number => order.indexOf(status) + (log === null ? order.length : 0);
  return weight(left) - weight(right) || (left.label < right.label ? -1 : 1);
}
