import {
  type Flakiness,
  flakeRate,
  flakinessOf,
  onDefaultBranch,
  typicalDuration,
} from '../../../shared/history/flakiness.ts';
import type { PastResult } from '../../../shared/history/history.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { PersonsRepository } from '../../../shared/outside/github.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { readAllHistories, readHistories } from '../../../shared/store/history.ts';
import { inBatches } from './batches.ts';
import type { ExcerptReader, TestExcerpt } from '../log/excerpts.ts';
import type { ResultReader } from './results.ts';

/** A target in a few numbers. */
export interface TargetSummary {
  readonly label: string;
  readonly flakiness: Flakiness;
  /** How long it usually takes, in milliseconds. */
  readonly typical: number | null;
  readonly onDefaultBranch: 'fails' | 'passes' | null;
}

export interface FailureSample {
  readonly result: PastResult;
  readonly excerpt: TestExcerpt;
  /** The object of its whole log, below its attempt. */
  readonly log: string | null;
}

export interface TargetModel extends TargetSummary {
  readonly repository: PersonsRepository;
  readonly now: Date;
  /** Newest first. */
  readonly results: readonly PastResult[];
  /** What was left of the newest results that were no clean pass. */
  readonly samples: readonly FailureSample[];
}

export interface TargetListModel {
  readonly repository: PersonsRepository;
  /** Targets of which anything is kept. */
  readonly known: number;
  /** Those that were flaky, flakiest first. */
  readonly flaky: readonly TargetSummary[];
  /** Those that fail on the default branch. */
  readonly failing: readonly TargetSummary[];
}

export interface TargetReader {
  /** Of a label of which nothing is known, there is nothing to show: that is no error. */
  one(repository: PersonsRepository, label: string): Promise<TargetModel>;
  list(repository: PersonsRepository): Promise<TargetListModel>;
}

const samples = 2;
const listed = 100;

export function createTargetReader(options: {
  readonly documents: Documents;
  readonly results: ResultReader;
  readonly excerpts: ExcerptReader;
  readonly clock: Clock;
}): TargetReader {
  const sampleOf = async (label: string, result: PastResult): Promise<FailureSample> => {
    const ref = { runId: result.run.id, attempt: result.run.attempt };
    const { targets } = await options.results.finished(ref);
    const { log, xml } = targets.find((target) => target.label === label) ?? { log: null, xml: null };
    return { result, log, excerpt: await options.excerpts.read(ref, { log, xml }) };
  };
  return {
    async one(repository, label) {
      const histories = await readHistories(options.documents, repository.id, [label]);
      const results = histories.get(label) ?? [];
      const failed = results.filter(({ status }) => status !== 'PASSED').slice(0, samples);
      const found = await inBatches(failed, async (result) => await sampleOf(label, result));
      return {
        ...summaryOf(label, results),
        repository,
        now: options.clock.now(),
        results,
        samples: found.filter(({ excerpt }) => excerpt.lines !== null || excerpt.cases.length > 0),
      };
    },
    async list(repository) {
      const histories = await readAllHistories(options.documents, repository.id);
      const all = [...histories].map(([label, results]) => summaryOf(label, results));
      return {
        repository,
        known: all.length,
        flaky: all
          .filter(({ flakiness }) => flakiness.flaky > 0)
          .sort(flakiestFirst)
          .slice(0, listed),
        failing: all
          .filter((target) => target.onDefaultBranch === 'fails')
          .sort(byLabel)
          .slice(0, listed),
      };
    },
  };
}

function summaryOf(label: string, results: readonly PastResult[]): TargetSummary {
  return {
    label,
    flakiness: flakinessOf(results),
    typical: typicalDuration(results),
    onDefaultBranch: onDefaultBranch(results),
  };
}

/** One of two is less sure than ten of twenty. */
function flakiestFirst(left: TargetSummary, right: TargetSummary): number {
  return (
    flakeRate(right.flakiness) - flakeRate(left.flakiness) ||
    right.flakiness.flaky - left.flakiness.flaky ||
    byLabel(left, right)
  );
}

function byLabel(left: TargetSummary, right: TargetSummary): number {
  return left.label < right.label ? -1 : 1;
}
