import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** Time as a dependency: handlers never read it elsewhere, so that a simulation can turn the hands. */
export interface Clock {
  now(): Date;
  /** Resolves after `milliseconds`; rejects with the signal's reason if it is aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Randomness as a dependency. */
export interface Random {
  bytes(count: number): Uint8Array;
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds, signal) => {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  },
};

export const systemRandom: Random = {
  bytes: (count) => randomBytes(count),
};
