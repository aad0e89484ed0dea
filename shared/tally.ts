import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * The trace of a request, from the first program that it reaches to the last that works because of it: it joins their log
 * lines. In the form of https://www.w3.org/TR/trace-context/.
 */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /** The header that carries it on. */
  readonly traceparent: string;
}

/** Counts of what one unit of work asked of other systems; part of its log line. */
export interface Tally {
  /** Remote calls by system. */
  readonly calls: Record<string, number>;
  /** Firestore documents read and written, as they are billed. */
  reads: number;
  writes: number;
  /** Of the request that asked for the work, if it has one. */
  readonly trace: Trace | null;
}

const current = new AsyncLocalStorage<Tally>();

/** Runs `work` with a tally of its own. */
export function withTally<Result>(
  work: (tally: Tally) => Promise<Result>,
  trace: Trace | null = null,
): Promise<Result> {
  const tally: Tally = { calls: {}, reads: 0, writes: 0, trace };
  // Not awaited here: a promise less for each unit of work.
  return current.run(tally, () => work(tally));
}

/** Of the unit of work that goes on, if one does. */
export function currentTally(): Tally | undefined {
  return current.getStore();
}

/** Called by an adapter at each remote call; outside of a unit of work it does nothing. */
export function count(system: string, documents: { readonly reads?: number; readonly writes?: number } = {}): void {
  const tally = current.getStore();
  if (tally === undefined) return;
  tally.calls[system] = (tally.calls[system] ?? 0) + 1;
  tally.reads += documents.reads ?? 0;
  tally.writes += documents.writes ?? 0;
}
