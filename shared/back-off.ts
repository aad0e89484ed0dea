import type { Clock } from './outside/clock.ts';
import type { Random } from './outside/random.ts';

export interface BackOff {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Random;
  /** How often it is tried in all; without end if nothing is said. */
  readonly tries?: number | undefined;
  readonly firstMilliseconds: number;
  /** The pause doubles up to this. As long as the first if nothing is said. */
  readonly longestMilliseconds?: number | undefined;
  /** Ends the waiting: the call then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Whether another try may help; asked after each failure but the last. It may throw what says more. */
  worthIt(error: unknown): boolean | Promise<boolean>;
}

/** Does `work` until it succeeds, another try would not help, or there are no tries left; then rejects with its last error. */
export async function withBackOff<Result>(work: () => Promise<Result>, options: BackOff): Promise<Result> {
  const { clock, random, tries = Number.POSITIVE_INFINITY, signal } = options;
  for (let retry = 0; ; retry += 1) {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (retry + 1 >= tries || !(await options.worthIt(error))) throw error;
    }
    await clock.sleep(pauseBefore(retry, options, random), signal);
  }
}

type Pauses = Pick<BackOff, 'firstMilliseconds' | 'longestMilliseconds'>;

/** The first pause, doubled with each retry up to the longest. @param retry from 0 */
export function doubledPause(
  retry: number,
  { firstMilliseconds, longestMilliseconds = firstMilliseconds }: Pauses,
): number {
  return Math.min(longestMilliseconds, firstMilliseconds * 2 ** Math.min(retry, 30));
}

/**
 * Between half and the whole of a doubled pause, so that those who failed together do not come back together
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function pauseBefore(retry: number, pauses: Pauses, random: Random): number {
  const longest = doubledPause(retry, pauses);
  const [chance = 0] = random.bytes(1);
  return longest / 2 + (longest / 2) * (chance / 255);
}
