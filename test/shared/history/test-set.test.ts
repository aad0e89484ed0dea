import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  askedOf,
  comparable,
  disappearedSince,
  goneFrom,
  isWhole,
  testLabels,
  testSetOf,
} from '../../../shared/history/test-set.ts';
import type { TestStatus } from '../../../shared/attempt/result.ts';
import type { Run } from '../../../shared/run/run.ts';
import { sampleRun, sampleRunId } from '../../support/sample-run.ts';
import { counts, finishedRun, outcome } from '../../functions/dashboard/made-runs.ts';

const line = (label: string, status: TestStatus = 'PASSED') => ({ label, status });

describe('the tests of a run', () => {
  it.each([
    ['all of them', [line('a'), line('b', 'FAILED')], { tests: 2, targets: 9 }, true],
    ['one too few', [line('a')], { tests: 2, targets: 9 }, false],
    ['those of another list', [line('a'), line('b'), line('c')], { tests: 2, targets: 9 }, false],
    [
      'one that did not build, and a library that did not',
      [line('a'), line('b', 'FAILED_TO_BUILD'), line('lib', 'FAILED_TO_BUILD')],
      { tests: 2, failedToBuild: 1, targets: 9 },
      true,
    ],
    ['the first of more than are kept', [line('a')], { tests: 1, targets: 50_001 }, false],
  ])('are whole with %s: %#', (_, targets, told, whole) => {
    expect(isWhole(targets, { counts: counts(told) })).toBe(whole);
  });

  it('are the same set whatever order they are told in, and another one with one more', () => {
    const labels = (targets: readonly string[]) => testLabels(targets.map((label) => line(label)));
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }), (all) => {
        const set = testSetOf(labels(all), 'asked');
        expect(testSetOf(labels(all.toReversed()), 'asked')).toEqual(set);
        expect(testSetOf(labels(all.slice(1)), 'asked').labels).not.toBe(set.labels);
      }),
    );
  });

  it('are asked for by patterns and flags', () => {
    const asked = askedOf({ targets: ['//...'], flags: ['--config=ci'] });
    expect(askedOf({ targets: ['//...'], flags: ['--config=ci'] })).toBe(asked);
    expect(askedOf({ targets: ['//...', '--config=ci'], flags: [] })).not.toBe(asked);
    expect(askedOf({ targets: ['//a/...'], flags: ['--config=ci'] })).not.toBe(asked);
  });
});

describe('the run to compare with', () => {
  const known = (number: number, trust: Run['trust'] = 'trusted'): Run =>
    finishedRun(number, { outcome: outcome({ verdict: 'passed', testSet: { asked: 'a', labels: 'b' } }), trust });
  const unknown = (number: number): Run => finishedRun(number, { outcome: outcome({ verdict: 'infrastructure' }) });

  it('is the newest whose tests are known', () => {
    expect(comparable([unknown(3), known(2), known(1)], { trust: 'trusted' })?.id).toBe(sampleRunId(2));
    expect(comparable([unknown(3), sampleRun()], { trust: 'trusted' })).toBeNull();
  });

  it('is never a fork’s for a trusted run', () => {
    const runs = [known(3, 'fork'), known(2)];
    expect(comparable(runs, { trust: 'trusted' })?.id).toBe(sampleRunId(2));
    expect(comparable(runs, { trust: 'fork' })?.id).toBe(sampleRunId(3));
  });
});

describe('tests that disappeared', () => {
  it('are those that are nowhere now, not even among what did not build', () => {
    expect(goneFrom(['a', 'b', 'c'], new Set(['b', 'd']))).toEqual(['a', 'c']);
  });

  it('are kept as their number and the first of them', () => {
    const gone = Array.from({ length: 30 }, (_, index) => `//a:t${index}`);
    expect(disappearedSince(sampleRun(), gone)).toEqual({
      since: sampleRunId(1),
      otherTargets: false,
      count: 30,
      labels: gone.slice(0, 20),
    });
  });
});
