import * as z from 'zod';
import { printedBy } from './in-bundle.ts';
import type { Report } from './report.ts';

const Tick = z.object({
  name: z.string(),
  due: z.number(),
  reads: z.number(),
  writes: z.number(),
  told: z.number(),
});
const Ticks = z.array(Tick);
export type Tick = z.output<typeof Tick>;

/** One tick each, on Firestore's emulator: documents are counted as they are billed. */
export async function measureTicks(): Promise<readonly Tick[]> {
  return Ticks.parse(await printedBy('test/bench/tick-measured.ts'));
}

const mostReads = 9;
const readsADue = 3;

export function describeTicks(ticks: readonly Tick[]): Report {
  const rows = ticks.map(({ name, due, reads, writes, told }) => {
    const aim = due === 0 ? mostReads : due * readsADue;
    const text = `  ${reads <= aim ? 'reached' : 'MISSED '}  ${name.padEnd(42)} ${String(reads).padStart(4)} read (aim: ${aim} at most), ${writes} written, ${told} told`;
    return { good: reads <= aim, text };
  });
  return {
    good: rows.every(({ good }) => good),
    text: ['What one tick reads', ...rows.map(({ text }) => text), ''].join('\n'),
  };
}
