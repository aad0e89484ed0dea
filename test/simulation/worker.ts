import { parentPort } from 'node:worker_threads';
import * as z from 'zod';
import { simulate, type SimulationResult } from './simulation.ts';

/** Seeds for one worker, `to` not included. */
const Order = z.object({ from: z.number(), to: z.number() });

/** What a worker tells of one seed. The trace is told only of one that broke a rule. */
export interface Told extends Omit<SimulationResult, 'fates'> {
  readonly fates: readonly (readonly [string, Readonly<Record<string, number>>])[];
}

// Thousands of errors are made on purpose; nobody reads where.
Error.stackTraceLimit = 0;

/** Leaving faults out is tried so often. */
const mostTries = 60;

/** The same story with as few faults as still break a rule. */
async function shrunk(first: SimulationResult): Promise<SimulationResult> {
  const without = new Set<number>();
  let best = await simulate({ seed: first.seed, traced: true });
  for (const fault of first.faults.slice(0, mostTries)) {
    const less = await simulate({ seed: first.seed, without: new Set([...without, fault]), traced: true });
    if (less.violations.length === 0) continue;
    without.add(fault);
    best = less;
  }
  return best;
}

async function tell(seed: number): Promise<Told> {
  try {
    const first = await simulate({ seed });
    const { fates, ...result } = first.violations.length === 0 ? first : await shrunk(first);
    return { ...result, fates: [...fates] };
  } catch (error) {
    return { seed, violations: [`thrown: ${String(error)}`], trace: [], faults: [], fates: [] };
  }
}

parentPort?.on('message', (message: unknown) => {
  const { from, to } = Order.parse(message);
  void (async () => {
    for (let seed = from; seed < to; seed += 1) parentPort?.postMessage(await tell(seed), []);
    parentPort?.postMessage(null, []);
  })();
});
