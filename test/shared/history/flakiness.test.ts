import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  failingSince,
  flakeRate,
  flakinessOf,
  onDefaultBranch,
  resultsBefore,
  typicalDuration,
} from '../../../shared/history/flakiness.ts';
import type { KeptStatus, PastResult, PastRun } from '../../../shared/history/history.ts';
import { many, past, remember } from './arbitrary.ts';

const statuses: Readonly<Record<string, KeptStatus>> = { P: 'PASSED', L: 'FLAKY', F: 'FAILED', T: 'TIMEOUT' };

/** Results from the oldest, in run 1, to the newest, in one letter each: `L` is flaky. */
function results(letters: string, of: (number: number) => Partial<PastRun> = () => ({})): PastResult[] {
  return letters
    .split('')
    .map((letter, index) => ({
      run: past(index + 1, of(index + 1)),
      status: statuses[letter] ?? 'PASSED',
      attempts: letter === 'L' ? 2 : 1,
      durationMs: (index + 1) * 100,
    }))
    .reverse();
}

describe('how flaky a test is', () => {
  it.each([
    ['', 0, 'none', null],
    ['PPPPPPPP', 0, 'none', null],
    // What fails in all attempts is a failure, not flakiness.
    ['PPPPPFFT', 0, 'none', null],
    ['PPPPPPPL', 1, 'began', 8],
    ['PPPPPLPL', 2, 'began', 6],
    ['PPPFFLPP', 1, 'began', 6],
    // Too little is known from before.
    ['PPPPL', 1, 'known', null],
    ['LPPPPPPL', 2, 'known', null],
    ['L', 1, 'known', null],
  ] as const)('%s', (letters, flaky, kind, since) => {
    const found = flakinessOf(results(letters));
    expect(found).toMatchObject({ flaky, of: letters.length, kind });
    expect(found.since?.id ?? null).toBe(since === null ? null : past(since).id);
  });

  it('is a rate between 0 and 1, and 0 exactly where nothing was flaky', () => {
    fc.assert(
      fc.property(many, (all) => {
        for (const history of remember(all).values()) {
          const found = flakinessOf(history);
          const rate = flakeRate(found);
          expect(rate).toBeGreaterThanOrEqual(0);
          expect(rate).toBeLessThanOrEqual(1);
          expect(found.of).toBe(history.length);
          expect(rate === 0).toBe(found.kind === 'none');
          expect(rate === 0).toBe(history.every(({ status }) => status !== 'FLAKY'));
        }
      }),
    );
    expect(flakeRate({ flaky: 0, of: 0 })).toBe(0);
  });
});

describe('since when a test fails', () => {
  it.each([
    // The asking run is the last one.
    ['PPPF', 4, false],
    ['PPFF', 3, false],
    ['PFTF', 2, false],
    ['FPFF', 3, false],
    // A flaky pass is a pass.
    ['FLFF', 3, false],
    ['FFFF', 1, true],
  ] as const)('%s', (letters, first, orEarlier) => {
    const known = results(letters);
    expect(failingSince(known, past(letters.length))).toMatchObject({ first: { id: past(first).id }, orEarlier });
  });

  it('is not said where only this run is known', () => {
    expect(failingSince(results('F'), past(1))).toBeNull();
    expect(failingSince([], past(1))).toBeNull();
  });

  it('is looked for in its own branch, and never in later runs', () => {
    const other = (number: number): Partial<PastRun> => (number === 3 ? { branch: 'other' } : {});
    expect(failingSince(results('PFPF', other), past(4))?.first.id).toBe(past(2).id);
    expect(failingSince(results('PFFPP'), past(3))?.first.id).toBe(past(2).id);
  });

  it('is known for a run that is itself not kept', () => {
    const known = results('PFF');
    expect(failingSince(known, past(9))?.first.id).toBe(past(2).id);
  });
});

describe('the default branch', () => {
  const elsewhere = (number: number): Partial<PastRun> => ({ onDefaultBranch: number <= 2 });
  it.each([
    ['PFPP', 'fails'],
    ['FPFF', 'passes'],
    ['FLFF', 'passes'],
    ['PTPP', 'fails'],
  ] as const)('%s, of which the first two are its own: %s', (letters, state) => {
    expect(onDefaultBranch(results(letters, elsewhere))).toBe(state);
  });

  it('says nothing where it has none', () => {
    expect(onDefaultBranch(results('PP', () => ({ onDefaultBranch: false })))).toBeNull();
  });
});

describe('how long a test takes', () => {
  it.each([
    ['PPP', 200],
    ['PPPP', 200],
    // What had to be tried again, or failed, says little.
    ['PLF', 100],
    ['FL', 100],
    ['', null],
  ])('%s', (letters, median) => {
    expect(typicalDuration(results(letters))).toBe(median);
  });

  it('is unknown where no result has a time', () => {
    expect(typicalDuration(results('PP').map((one) => ({ ...one, durationMs: null })))).toBeNull();
  });
});

it('what was before a run is what came into being earlier', () => {
  expect(resultsBefore(results('PPPP'), past(3)).map(({ run }) => run.id)).toEqual([past(2).id, past(1).id]);
});
