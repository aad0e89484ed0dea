import { AsyncLocalStorage } from 'node:async_hooks';

/** Counts of what one unit of work asked of other systems; part of its log line. */
export interface Tally {
  /** Remote calls by system. */
  readonly calls: Record<string, number>;
  /** Firestore documents read and written, as they are billed. */
  reads: number;
  writes: number;
}

const current = new AsyncLocalStorage<Tally>();

/** Runs `work` with a tally of its own. */
export async function withTally<Result>(work: (tally: Tally) => Promise<Result>): Promise<Result> {
  const tally: Tally = { calls: {}, reads: 0, writes: 0 };
  return await current.run(tally, async () => await work(tally));
}

/** Called by an adapter at each remote call; outside of a unit of work it does nothing. */
export function count(system: string, documents: { readonly reads?: number; readonly writes?: number } = {}): void {
  const tally = current.getStore();
  if (tally === undefined) return;
  tally.calls[system] = (tally.calls[system] ?? 0) + 1;
  tally.reads += documents.reads ?? 0;
  tally.writes += documents.writes ?? 0;
}
