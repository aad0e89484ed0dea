import fc from 'fast-check';
import {
  type Histories,
  keptStatuses,
  type PastRun,
  type TestOutcome,
  withRun,
} from '../../../shared/history/history.ts';
import { noon, sampleRunId } from '../../support/sample-run.ts';

/** A run that came into being so many minutes after noon. */
export function past(number: number, changes: Partial<PastRun> = {}): PastRun {
  const at = new Date(noon.getTime() + number * 60_000);
  return { id: sampleRunId(number), attempt: 1, at, onDefaultBranch: true, branch: 'main', ...changes };
}

const label: fc.Arbitrary<string> = fc.oneof(
  fc.nat(40).map((number) => `//lib/part_${number}:part_${number}_test`),
  fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }),
  fc.constantFrom('__proto__', '//a:"quoted\n"', '@repo//ü:日本_test', '\ud800'),
);

export const outcome: fc.Arbitrary<TestOutcome> = fc.record({
  status: fc.constantFrom(...keptStatuses),
  attempts: fc.integer({ min: 1, max: 1000 }),
  durationMs: fc.option(fc.maxSafeNat()),
});

export interface Told {
  readonly run: PastRun;
  readonly outcomes: ReadonlyMap<string, TestOutcome>;
}

/** What a run of a repository tells; runs with the same number are the same run. */
export const told: fc.Arbitrary<Told> = fc
  .record({
    number: fc.nat(60),
    outcomes: fc.array(fc.tuple(label, outcome), { maxLength: 12 }),
  })
  .map(({ number, outcomes }) => ({
    // Some of them at the same moment.
    run: past(number, { at: past(Math.floor(number / 2)).at, onDefaultBranch: number % 3 === 0 }),
    outcomes: new Map(outcomes),
  }));

export const many = fc.uniqueArray(told, { selector: ({ run }) => run.id, maxLength: 40 });

export function remember(all: readonly Told[]): Histories {
  return all.reduce<Histories>((histories, { run, outcomes }) => withRun(histories, run, outcomes), new Map());
}
