import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { demoRepository } from '../../local/demo-repository.ts';
import type { LocalSystem } from '../../local/system.ts';
import type { Report } from './report.ts';
import { startBenchSystem } from './system.ts';

/** What the functions asked of other systems for one push, from its delivery to its final status. */
export interface PushCost {
  readonly function: string;
  /** Units of work that were about this run. */
  readonly lines: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly reads: number;
  readonly writes: number;
}

const functions = ['webhook', 'scheduler', 'watcher'] as const;

/** Pushes once with git to the whole local system, waits for the final status, and counts in the functions' own log lines. */
export async function measurePush(): Promise<readonly PushCost[]> {
  const bench = await startBenchSystem();
  try {
    const { sha } = await bench.push(demoRepository, 'The tests');
    await bench.finalStatus(sha);
    return await Promise.all(functions.map(async (name) => await costOf(bench.system, name)));
  } finally {
    await bench.stop();
  }
}

const Line = z.object({
  run: z.string(),
  calls: z.record(z.string(), z.number()),
  reads: z.number(),
  writes: z.number(),
});

async function costOf(system: LocalSystem, name: string): Promise<PushCost> {
  const text = await readFile(join(system.logDir, `${name}.log`), 'utf8');
  const lines = text.split('\n').flatMap((line) => {
    const parsed = line.startsWith('{') ? Line.safeParse(JSON.parse(line)) : null;
    return parsed?.success === true ? [parsed.data] : [];
  });
  const calls: Record<string, number> = {};
  for (const line of lines) {
    for (const [to, count] of Object.entries(line.calls)) calls[to] = (calls[to] ?? 0) + count;
  }
  return {
    function: name,
    lines: lines.length,
    calls,
    reads: lines.reduce((sum, { reads }) => sum + reads, 0),
    writes: lines.reduce((sum, { writes }) => sum + writes, 0),
  };
}

/** Firestore operations that a push without a retry may cost. */
const most = { reads: 60, writes: 40 } as const;

/** The cost of a push as a table for people, and whether it is within its bounds. */
export function describePushCost(costs: readonly PushCost[]): Report {
  const total = (what: 'reads' | 'writes'): number => costs.reduce((sum, cost) => sum + cost[what], 0);
  const rows = costs.map(({ function: name, lines, calls, reads, writes }) => {
    const numbers = [lines, reads, writes].map((value) => String(value).padStart(10)).join('');
    const list = Object.entries(calls).map(([to, count]) => `${to} ${count}`);
    return `  ${name.padEnd(12)}${numbers}   ${list.join(', ')}`;
  });
  const aims = (['reads', 'writes'] as const).map((what) => {
    const reached = total(what) <= most[what];
    return {
      reached,
      text: `  ${reached ? 'reached' : 'MISSED '}  ${what}: ${total(what)}, aim at most ${most[what]}`,
    };
  });
  const head = `  ${''.padEnd(12)}${['events', 'reads', 'writes'].map((word) => word.padStart(10)).join('')}   remote calls`;
  return {
    text: [
      'What a push costs (documents read and written, remote calls)',
      head,
      ...rows,
      ...aims.map(({ text }) => text),
      '',
    ].join('\n'),
    good: aims.every(({ reached }) => reached),
  };
}
