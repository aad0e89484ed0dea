/** A way on which things travel together when there are many. */
export interface Lane<Item> {
  /** Resolves when the item has arrived; rejects as its delivery does. */
  send(item: Item): Promise<void>;
}

/** Far from the other side, one request at a time would make each item wait for the one before. */
const maxInFlight = 4;
/** How long the first that waits does so before another request takes it along: near the other side, nobody does. */
const patienceMilliseconds = 2;
/** A smaller batch loses less when it fails. */
const maxBatch = 100;

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sends at once while nothing is on the way, with whatever came in the same turn of the event loop. What comes meanwhile
 * travels in the next request, which leaves when the one before has arrived, or when it has waited a little. Its timers are
 * the process's own: when things leave is no decision of anybody's.
 */
export function createLane<Item>(deliver: (items: readonly Item[]) => Promise<void>): Lane<Item> {
  const waiting: Waiting<Item>[] = [];
  const state = { inFlight: 0, flushing: false, timer: undefined as NodeJS.Timeout | undefined };

  const flush = (): void => {
    clearTimeout(state.timer);
    state.timer = undefined;
    state.flushing = false;
    const batch = waiting.splice(0, maxBatch);
    if (batch.length === 0) return;
    state.inFlight += 1;
    deliver(batch.map(({ item }) => item)).then(
      () => {
        for (const { resolve } of batch) resolve();
        landed();
      },
      (error: unknown) => {
        for (const { reject } of batch) reject(error);
        landed();
      },
    );
    pump();
  };
  const landed = (): void => {
    state.inFlight -= 1;
    pump();
  };
  const pump = (): void => {
    if (waiting.length === 0 || state.flushing) return;
    if (state.inFlight === 0) {
      state.flushing = true;
      setImmediate(flush);
    } else if (state.inFlight < maxInFlight) {
      state.timer ??= setTimeout(flush, patienceMilliseconds);
    }
  };
  return {
    send: (item) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        pump();
      }),
  };
}
