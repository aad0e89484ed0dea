import { setTimeout as delay } from 'node:timers/promises';
import { YbError } from '../shared/errors.ts';
import type { ManagedProcess } from './processes.ts';

const limitMilliseconds = 60_000;
const pauseMilliseconds = 50;

/**
 * Waits until a program says that it is ready.
 * @throws YbError `internal` with the end of what it said, if it ends first or takes more than a minute
 */
export async function untilReady(options: {
  readonly name: string;
  readonly program: ManagedProcess;
  readonly ready: () => Promise<boolean> | boolean;
  /** The end of what it printed. */
  readonly said: () => Promise<string> | string;
}): Promise<void> {
  const state = { ended: false };
  void options.program.exited.then(() => {
    state.ended = true;
  });
  const giveUpAt = Date.now() + limitMilliseconds;
  while (!(await options.ready())) {
    if (state.ended || Date.now() > giveUpAt) {
      const why = state.ended ? 'ended while it started' : 'did not start within a minute';
      throw new YbError('internal', `${options.name} ${why}:\n${await options.said()}`);
    }
    await delay(pauseMilliseconds);
  }
}

/** Whether something speaks HTTP there, whatever it says. */
export async function answersHttp(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
