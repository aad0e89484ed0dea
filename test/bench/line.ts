import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { demoRepository } from '../../local/demo-repository.ts';
import { YbError } from '../../shared/errors.ts';
import { parseValue } from '../../shared/json.ts';
import type { Report } from './report.ts';
import { type BenchSystem, startBenchSystem } from './system.ts';

const lines = 12;

/** A test that fails, so that Bazel prints it all, and prints as it goes: each line says when it was printed. */
const clock = `for i in $(seq ${lines}); do echo "printed-at=$(date +%s%3N)."; sleep 1; done\n`;

const files = {
  ...demoRepository,
  '.yb.yaml': 'targets: ["//slow/..."]\nflags: ["--test_output=streamed"]\n',
  'slow/slow_test.sh': clock,
};

const Live = z.object({
  log: z.object({ text: z.string() }),
  cursor: z.object({ attempt: z.number(), chunk: z.number(), targets: z.number() }),
  run: z.object({ state: z.string() }),
});

export interface LineTimes {
  readonly place: BenchSystem['place'];
  /** From a line's printing to its being in the answer that an open page asks for, in milliseconds. */
  readonly delays: readonly number[];
}

/** Asks for the live view as an open page does, and notes when each line was first in it, by the clock that printed it. */
export async function measureLines(): Promise<LineTimes> {
  const bench = await startBenchSystem();
  try {
    const sha = await bench.author.push(files, 'Print the time');
    const delays = new Map<string, number>();
    let cursor = { attempt: 1, chunk: 0, targets: 0 };
    for (let tries = 0; ; tries++) {
      const run = await bench.newest();
      if (run?.sha === sha && run.state !== 'queued') {
        const { attempt, chunk, targets } = cursor;
        const path = `/api/v1/runs/${run.id}/live?attempt=${attempt}&chunk=${chunk}&targets=${targets}`;
        const answer = await bench.author.ask(`${bench.system.endpoints.dashboard}${path}`);
        const live = parseValue(Live, answer, { what: 'live view', code: 'internal' });
        const now = Date.now();
        const printed = [...live.log.text.matchAll(/printed-at=(\d+)\./g)].map(([, time = '']) => time);
        for (const time of printed.filter((one) => !delays.has(one))) delays.set(time, now - Number(time));
        cursor = live.cursor;
        if (live.run.state === 'finished') break;
      }
      if (tries > 600) throw new YbError('internal', 'the run does not end');
      // As often as a page asks.
      await delay(700);
    }
    return { place: bench.place, delays: [...delays.values()] };
  } finally {
    await bench.stop();
  }
}

const aimMilliseconds = 2_000;

export function describeLineTimes({ place, delays }: LineTimes): Report {
  const sorted = delays.toSorted((left, right) => left - right);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  const last = sorted.at(-1) ?? Number.NaN;
  const reached = sorted.length >= lines && last <= aimMilliseconds;
  return {
    text: [
      `From a printed line to an open page, ${place} (ms, ${sorted.length} lines)`,
      `  median ${middle}, longest ${last}`,
      `  ${reached ? 'reached' : 'MISSED '}  aim at most ${aimMilliseconds} for each of ${lines}`,
      '',
    ].join('\n'),
    good: reached,
  };
}
