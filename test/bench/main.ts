import { findAdnanh, startAdnanh } from './adnanh.ts';
import { describeClaims, measureClaims } from './claims.ts';
import { describeCourierCost, measureCourier } from './courier.ts';
import { measureDistance } from './distance.ts';
import { describeLineTimes, measureLines } from './line.ts';
import { requestsPerCpuSecond } from './load.ts';
import { describePushCost, measurePush } from './push-cost.ts';
import type { Report } from './report.ts';
import { type Comparison, describeComparison, judge, type Row } from './statistics.ts';
import { firstAnswer, type RunningSubject, startSubject, type Subject } from './subject.ts';
import { describeTicks, measureTicks } from './tick.ts';
import { describeWarmRuns, measureWarmRuns } from './warm.ts';
import { createWorld, type SubjectName, type World } from './functions-rig.ts';

/** Rounds in which each subject is measured once, in turn: what disturbs the machine for a while disturbs all of them. */
const rounds = { throughput: 5, coldStart: 9 } as const;
const atOnce = 16;
/** Chosen so that a round takes about a second of CPU time. */
const requestsARound = {
  empty: 3000,
  webhook: 2000,
  naive: 150,
  adnanh: 600,
} as const;

async function throughput(world: World): Promise<Comparison> {
  const names = ['empty', 'webhook', 'naive'] as const;
  const adnanh = await findAdnanh();
  const running: {
    readonly name: keyof typeof requestsARound;
    readonly subject: Subject;
    readonly process: RunningSubject;
  }[] = [];
  const values: Record<string, number[]> = {};
  try {
    for (const name of names) {
      const subject = world.subjects[name];
      const process = await startSubject(subject, world.meter);
      running.push({ name, subject, process });
      await process.listening;
    }
    if (adnanh !== null) {
      const subject = world.subjects.webhook;
      const process = await startAdnanh(adnanh, { ...world, subject });
      running.push({ name: 'adnanh', subject, process });
      await process.listening;
    }
    for (let round = 0; round <= rounds.throughput; round++) {
      for (const { name, subject, process } of running) {
        const rate = await requestsPerCpuSecond(subject, process, { requests: requestsARound[name], atOnce });
        // The first round is for the compilers.
        if (round > 0) (values[name] ??= []).push(rate);
      }
    }
  } finally {
    await Promise.all(running.map(async ({ process }) => await process.stop()));
  }
  return {
    title: 'Deliveries handled',
    unit: 'requests per second of CPU time of the function',
    rows: rowsOf(values),
    baseline: 'empty',
    aims: [
      { name: 'webhook', ratio: 0.7, is: 'at least' },
      ...(adnanh === null ? [] : [{ name: 'webhook', ratio: 4, is: 'at least', to: 'adnanh' } as const]),
    ],
  };
}

async function coldStart(world: World): Promise<Comparison> {
  const names: readonly SubjectName[] = ['empty', 'webhook', 'scheduler', 'watcher', 'dashboard', 'naive'];
  const values: Record<string, number[]> = {};
  for (let round = 0; round <= rounds.coldStart; round++) {
    for (const name of names) {
      const milliseconds = await firstAnswer(world.subjects[name], world.meter);
      // The first round is for the disk.
      if (round > 0) (values[name] ??= []).push(milliseconds);
    }
  }
  return {
    title:
      'Cold start: from the process to its first answer, a real one that reached Firestore and Pub/Sub as it had to',
    unit: 'ms',
    rows: rowsOf(values),
    baseline: 'empty',
    aims: [
      { name: 'webhook', ratio: 2, is: 'at most' },
      { name: 'scheduler', ratio: 2.8, is: 'at most' },
      { name: 'watcher', ratio: 2.8, is: 'at most' },
      { name: 'dashboard', ratio: 2, is: 'at most' },
    ],
  };
}

function rowsOf(values: Readonly<Record<string, readonly number[]>>): readonly Row[] {
  return Object.entries(values).map(([name, series]) => ({ name, values: series }));
}

/** In one world, started for whatever of these is asked for. */
const inOneWorld: Readonly<Record<string, (world: World) => Promise<Report>>> = {
  throughput: async (world) => told(await throughput(world)),
  'cold-start': async (world) => told(await coldStart(world)),
  distance: measureDistance,
};

function told(comparison: Comparison): Report {
  return { text: describeComparison(comparison), good: judge(comparison).every(({ reached }) => reached) };
}

async function compare(names: readonly string[], report: (report: Report) => void): Promise<void> {
  const asked = Object.entries(inOneWorld).filter(([name]) => names.includes(name));
  if (asked.length === 0) return;
  const world = await createWorld();
  try {
    for (const [, measure] of asked) {
      report(await measure(world));
    }
  } finally {
    await world.stop();
  }
}

/** Each in a system of its own. */
const measurements: Readonly<Record<string, () => Promise<Report>>> = {
  push: async () => describePushCost(await measurePush()),
  warm: async () => describeWarmRuns(await measureWarmRuns()),
  courier: async () => describeCourierCost(await measureCourier()),
  line: async () => describeLineTimes(await measureLines()),
  claims: async () => describeClaims(await measureClaims()),
  tick: async () => describeTicks(await measureTicks()),
};

/**
 * `npm run bench [-- throughput | cold-start | distance | push | warm | courier | line | claims | tick …]`: everything when nothing is named; exit
 * code 1 for a missed aim. With `webhook` of Debian on the PATH, throughput is compared with it too. With a cluster given (`YB_JOB_HOST`), whole runs are measured there.
 */
async function main(names: readonly string[]): Promise<void> {
  const known = [...Object.keys(inOneWorld), ...Object.keys(measurements)];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`no such measurement: ${unknown.join(', ')}; there are ${known.join(', ')}\n`);
    process.exitCode = 2;
    return;
  }
  const asked = names.length === 0 ? known : names;
  const report = ({ text, good }: Report): void => {
    process.stdout.write(`${text}\n`);
    if (!good) process.exitCode = 1;
  };
  await compare(asked, report);
  for (const [name, measure] of Object.entries(measurements)) if (asked.includes(name)) report(await measure());
}

await main(process.argv.slice(2));
