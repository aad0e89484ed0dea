import type { PastAttempt } from './run.ts';
import type * as z from 'zod';

/**
 * When the next attempt may begin, after one that did not count; null for at once. Only what the installation itself did is given time
 * to pass: the pauses grow with the attempts, and each is a fifth shorter or longer by chance, so that runs which were lost together do
 * not come back together. Pure.
 * @param pauses in seconds, one for each attempt after the first; the last holds for all that follow
 * @param chance from 0 to 1
 */
export function nextAttemptAt(
  past: Pick<z.output<typeof PastAttempt>, 'attempt' | 'verdict'>,
  pauses: readonly number[],
  now: Date,
  chance: number,
): Date | null {
  const seconds = pauses[past.attempt - 1] ?? pauses.at(-1) ?? 0;
  if (past.verdict !== 'infrastructure' || seconds === 0) return null;
  return new Date(now.getTime() + Math.round(seconds * 1000 * (0.8 + 0.4 * chance)));
}
