import type { Clock } from '../../shared/outside/clock.ts';
import { noon } from '../support/sample-run.ts';

/** A clock that stands still until it is set. Sleeping moves it on at once. */
export interface ManualClock extends Clock {
  advance(milliseconds: number): void;
}

export function createManualClock(start: Date = noon): ManualClock {
  const state = { now: start.getTime() };
  return {
    now: () => new Date(state.now),
    sleep: async (milliseconds) => {
      state.now += milliseconds;
      await Promise.resolve();
    },
    advance: (milliseconds) => {
      state.now += milliseconds;
    },
  };
}
