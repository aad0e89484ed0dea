import type { Clock } from '../../shared/outside/clock.ts';

/** The asked-for end of containers: SIGTERM when it is asked, SIGKILL when the grace is over. */
export interface Ending {
  /** Aborted when the end is asked for. */
  readonly asked: AbortSignal;
  /** Asks for the end. Asked again, the earlier end of the two graces counts. */
  request(graceSeconds: number): void;
  /** Seconds that are left of the grace. */
  graceLeft(): number;
  /** Resolves when the grace is over, or `done` is aborted. */
  graceOver(done: AbortSignal): Promise<void>;
}

export function createEnding(clock: Clock): Ending {
  const asked = new AbortController();
  const state = { endsAt: Number.POSITIVE_INFINITY, moved: new AbortController() };
  const millisecondsLeft = (): number => Math.max(state.endsAt - clock.now().getTime(), 0);
  return {
    asked: asked.signal,
    request(graceSeconds) {
      const endsAt = clock.now().getTime() + graceSeconds * 1000;
      if (endsAt >= state.endsAt) return;
      state.endsAt = endsAt;
      const { moved } = state;
      state.moved = new AbortController();
      asked.abort();
      moved.abort();
    },
    graceLeft: () => millisecondsLeft() / 1000,
    async graceOver(done) {
      while (!done.aborted && millisecondsLeft() > 0) {
        const wake = AbortSignal.any([done, state.moved.signal]);
        if (state.endsAt === Number.POSITIVE_INFINITY) await aborted(wake);
        else await clock.sleep(millisecondsLeft(), wake).catch(() => undefined);
      }
    },
  };
}

/** Resolves when the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
