import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BackOff, pauseBefore, withBackOff } from '../../shared/back-off.ts';

const chance = (value: number) => ({ bytes: (count: number) => new Uint8Array(count).fill(value) });

describe('the pause before another try', () => {
  it('doubles up to the longest, and no more than half of it is chance', () => {
    const pauses = { firstMilliseconds: 100, longestMilliseconds: 1000 };
    const whole = [0, 1, 2, 3, 4, 400].map((retry) => pauseBefore(retry, pauses, chance(255)));
    const half = [0, 1, 2, 3, 4, 400].map((retry) => pauseBefore(retry, pauses, chance(0)));

    expect(whole).toEqual([100, 200, 400, 800, 1000, 1000]);
    expect(half).toEqual([50, 100, 200, 400, 500, 500]);
  });

  it('stays as the first one where no longest is said', () => {
    expect(pauseBefore(7, { firstMilliseconds: 100 }, chance(255))).toBe(100);
  });

  it('is never longer than the longest, nor shorter than half the first', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 1, max: 10_000 }), fc.nat(10_000), fc.nat(255), (...drawn) => {
        const [retry, first, more, byte] = drawn;
        const pauses = { firstMilliseconds: first, longestMilliseconds: first + more };
        const pause = pauseBefore(retry, pauses, chance(byte));
        expect(pause).toBeGreaterThanOrEqual(first / 2);
        expect(pause).toBeLessThanOrEqual(first + more);
      }),
    );
  });
});

describe('work with back-off', () => {
  const attempt = async (answers: readonly (string | Error)[], more: Partial<BackOff> = {}) => {
    const seen = { tries: 0, pauses: [] as number[] };
    const work = async (): Promise<string> => {
      const answer = answers[seen.tries] ?? new Error('asked too often');
      seen.tries += 1;
      if (answer instanceof Error) throw answer;
      return await Promise.resolve(answer);
    };
    const sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
      signal?.throwIfAborted();
      seen.pauses.push(milliseconds);
      await Promise.resolve();
    };
    const options = { clock: { sleep }, random: chance(255), tries: 3, firstMilliseconds: 10, longestMilliseconds: 40 };
    const outcome = await withBackOff(work, { ...options, worthIt: () => true, ...more }).catch(
      (error: unknown) => error,
    );
    return { outcome, ...seen };
  };
  const failure = new Error('no');

  it('ends with the first success', async () => {
    expect(await attempt(['yes'])).toEqual({ outcome: 'yes', tries: 1, pauses: [] });
    expect(await attempt([failure, failure, 'yes'])).toEqual({ outcome: 'yes', tries: 3, pauses: [10, 20] });
  });

  it('ends with the last failure, and waits for nothing then', async () => {
    expect(await attempt([failure, new Error('still no'), failure])).toEqual({
      outcome: failure,
      tries: 3,
      pauses: [10, 20],
    });
  });

  it('does not try what would not help', async () => {
    expect(await attempt([failure], { worthIt: async () => await Promise.resolve(false) })).toMatchObject({
      outcome: failure,
      tries: 1,
    });
  });

  it('gives up when it is told to', async () => {
    const reason = new Error('enough');
    expect(await attempt([failure], { signal: AbortSignal.abort(reason) })).toEqual({
      outcome: reason,
      tries: 1,
      pauses: [],
    });
  });

  it('goes on without end where no end is said', async () => {
    const answers = [...Array.from({ length: 50 }, () => failure), 'yes'];
    expect(await attempt(answers, { tries: undefined })).toMatchObject({ outcome: 'yes', tries: 51 });
  });
});
