import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextAttemptAt } from '../../../shared/run/retry.ts';
import { VerdictName } from '../../../shared/run/run.ts';
import { noon } from '../../support/sample-run.ts';

const lost = (attempt: number) => ({ attempt, verdict: 'infrastructure' }) as const;
const after = (attempt: number, chance: number, pauses: readonly number[] = [10, 60]) => {
  const at = nextAttemptAt(lost(attempt), pauses, noon, chance);
  return at === null ? null : (at.getTime() - noon.getTime()) / 1000;
};

it.each([
  [1, 0.5, 10],
  [1, 0, 8],
  [1, 1, 12],
  [2, 0.5, 60],
  [2, 0, 48],
  [7, 0.5, 60],
])('attempt %i that was lost is followed by a pause: by a chance of %f, %f s', (attempt, chance, seconds) => {
  expect(after(attempt, chance)).toBe(seconds);
});

it('an installation may want no pause', () => {
  expect(after(1, 0.5, [0])).toBeNull();
  expect(after(1, 0.5, [])).toBeNull();
});

it('what the author caused is tried again at once', () => {
  for (const verdict of VerdictName.options.filter((name) => name !== 'infrastructure'))
    expect(nextAttemptAt({ attempt: 1, verdict }, [10, 60], noon, 0.5)).toBeNull();
});

it('a pause is never more than a fifth shorter or longer', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
      const usual = attempt === 1 ? 10 : 60;
      expect(after(attempt, chance)).toBeGreaterThanOrEqual(usual * 0.8);
      expect(after(attempt, chance)).toBeLessThanOrEqual(usual * 1.2);
    }),
  );
});
