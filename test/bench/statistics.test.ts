import { describe, expect, it } from 'vitest';
import { describePushCost } from './push-cost.ts';
import { type Comparison, describeComparison, judge, ratioOf, summaryOf } from './statistics.ts';

const comparison: Comparison = {
  title: 'Speed',
  unit: 'requests per second',
  rows: [
    { name: 'empty', values: [90, 100, 300] },
    { name: 'ours', values: [80, 60, 70] },
  ],
  baseline: 'empty',
  aims: [
    { name: 'ours', ratio: 0.7, is: 'at least' },
    { name: 'ours', ratio: 0.6, is: 'at most' },
  ],
};

describe('a measurement', () => {
  it('is told by its median, which no single disturbance moves, and its range', () => {
    expect(summaryOf([5, 1, 1000])).toEqual({ median: 5, min: 1, max: 1000 });
    expect(summaryOf([4, 2, 1, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(() => summaryOf([])).toThrow(RangeError);
  });

  it('is compared by medians, and an aim that is missed is told so', () => {
    expect(ratioOf(comparison, 'ours')).toBeCloseTo(0.7);
    expect(judge(comparison).map(({ reached }) => reached)).toEqual([true, false]);
    expect(describeComparison(comparison)).toMatch(/ours +70\.0 +60\.0 +80\.0 +0\.70\n/);
    expect(describeComparison(comparison)).toMatch(/reached +ours: 0\.70 × empty, aim at least 0\.7\n +MISSED +ours/);
  });
});

describe('the cost of a push', () => {
  it('is the sum over the functions, held against its bounds', () => {
    const one = { function: 'webhook', lines: 1, calls: { firestore: 1, pubsub: 1 }, reads: 20, writes: 20 };
    const good = describePushCost([one, { ...one, function: 'scheduler' }]);

    expect(good.good).toBe(true);
    expect(good.text).toMatch(/webhook +1 +20 +20 +firestore 1, pubsub 1\n/);
    expect(good.text).toContain('reads: 40, aim at most 60');
    expect(describePushCost([one, one, one])).toMatchObject({ good: false });
  });
});
