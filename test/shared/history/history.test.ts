import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyLimits, outcomesOf, pastRun, shardOf, withRun } from '../../../shared/history/history.ts';
import type { TestStatus } from '../../../shared/attempt/result.ts';
import { sampleRun } from '../../support/sample-run.ts';
import { many, outcome, past, remember, told } from './arbitrary.ts';

describe('the history of tests', () => {
  it('keeps the newest results of each, newest first, whatever order runs arrive in', () => {
    fc.assert(
      fc.property(many, fc.infiniteStream(fc.nat()), (all, random) => {
        const shuffled = all
          .map((one) => ({ one, key: random.next().value as number }))
          .sort((left, right) => left.key - right.key)
          .map(({ one }) => one);
        const histories = remember(all);
        expect(remember(shuffled)).toEqual(histories);
        for (const [label, results] of histories) {
          const told_ = all.filter(({ outcomes }) => outcomes.has(label));
          expect(results).toHaveLength(Math.min(told_.length, historyLimits.results));
          const times = results.map(({ run }) => run.at.getTime());
          expect(times).toEqual(times.toSorted((left, right) => right - left));
        }
      }),
    );
  });

  it('is the same when a run is told again, also late', () => {
    fc.assert(
      fc.property(many, told, (all, again) => {
        const histories = remember([...all, again]);
        expect(withRun(histories, again.run, again.outcomes)).toBe(histories);
        for (const { run, outcomes } of all) expect(withRun(histories, run, outcomes)).toBe(histories);
      }),
    );
  });

  it('never changes what it was made from', () => {
    fc.assert(
      fc.property(many, told, (all, next) => {
        const before = remember(all);
        const copy = structuredClone(before);
        withRun(before, next.run, next.outcomes);
        expect(before).toEqual(copy);
      }),
    );
  });

  it('spreads labels over all shards, and each always into the same', () => {
    const labels = Array.from({ length: 4000 }, (_, index) => `//lib/part_${index}:test`);
    const sizes = Array.from({ length: historyLimits.shards }, () => 0);
    for (const label of labels) sizes[shardOf(label)] = (sizes[shardOf(label)] ?? 0) + 1;
    for (const size of sizes) expect(size).toBeGreaterThan(400);
    // What is stored is looked for by these numbers.
    expect(['//a:a_test', '//b:b_test', ''].map(shardOf)).toEqual([2, 0, 2]);
  });

  it('knows runs of one ref for the same branch, and the default branch by its name', () => {
    const main = pastRun(sampleRun({ ref: 'refs/heads/main' }), 'refs/heads/main');
    const other = pastRun(sampleRun({ ref: 'refs/heads/other' }), 'refs/heads/main');
    expect([main.onDefaultBranch, other.onDefaultBranch]).toEqual([true, false]);
    expect(other.branch).not.toBe(main.branch);
    expect(pastRun(sampleRun({ ref: 'refs/heads/other' }), null).branch).toBe(other.branch);
  });
});

describe('what is remembered of a run', () => {
  const line = (status: TestStatus, more: { readonly cached?: boolean; readonly attempts?: number } = {}) => ({
    label: '//a:a_test',
    status,
    attempts: 1,
    cached: false,
    durationMs: 640,
    ...more,
  });

  it.each<[string, ReturnType<typeof line>, boolean]>([
    ['passed', line('PASSED'), true],
    ['is flaky', line('FLAKY', { attempts: 3 }), true],
    ['failed', line('FAILED'), true],
    ['timed out', line('TIMEOUT'), true],
    ['failed remotely', line('REMOTE_FAILURE'), true],
    ['came from a cache', line('PASSED', { cached: true }), false],
    ['was interrupted', line('INCOMPLETE'), false],
    ['was never begun', line('NO_STATUS', { attempts: 0 }), false],
    ['did not build', line('FAILED_TO_BUILD', { attempts: 0 }), false],
    ['never ran, whatever is said of it', line('FAILED', { attempts: 0 }), false],
  ])('of a test that %s: %#', (_, target, kept) => {
    expect(outcomesOf([target], new Set()).has(target.label)).toBe(kept);
  });

  it('is that it passes again, if it failed before and comes from a cache now; without a time', () => {
    const outcomes = outcomesOf([line('PASSED', { cached: true })], new Set(['//a:a_test']));
    expect([...outcomes]).toEqual([['//a:a_test', { status: 'PASSED', attempts: 1, durationMs: null }]]);
  });
});

it('outcomes are what tests make up', () => {
  // Guards the generator: a history of passes alone would prove little.
  const statuses = new Set(fc.sample(outcome, 200).map(({ status }) => status));
  expect(statuses.size).toBe(5);
  expect(past(1).at > past(0).at).toBe(true);
});
