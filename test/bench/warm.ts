import { demoRepository } from '../../local/demo-repository.ts';
import { YbError } from '../../shared/errors.ts';
import type { Report } from './report.ts';
import { type BenchSystem, type EndedRun, startBenchSystem } from './system.ts';

const tests = 300;
const packages = 30;

/** What each test takes: next to nothing for a test, and it is not slower where the machine has other things to do. */
const testSeconds = 0.5;

/** 300 test targets in 30 packages, each with a file of its own. */
function manyTests(): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const [name, content] of Object.entries(demoRepository)) {
    if (/^(WORKSPACE|MODULE\.bazel|tools\/)/.test(name)) files[name] = content;
  }
  for (let index = 0; index < packages; index++) {
    const folder = `p${String(index).padStart(2, '0')}`;
    files[`${folder}/BUILD.bazel`] = `load("//tools:script_test.bzl", "script_test")

[
    script_test(
        name = "t%d_test" % number,
        size = "small",
        src = "t%d.sh" % number,
    )
    for number in range(${tests / packages})
]
`;
    for (let number = 0; number < tests / packages; number++) {
      files[`${folder}/t${number}.sh`] = `echo "test ${number} of ${folder}"\nsleep ${testSeconds}\n`;
    }
  }
  return files;
}

/** A whole run: from the claim of its volume to its settled verdict. */
export interface TimedRun {
  readonly name: string;
  readonly seconds: number;
  /** Of them, those that Bazel itself counts. */
  readonly bazelSeconds: number;
  /** Of them, those until the last of our containers had done its work; then the cluster says that the Job is over. */
  readonly workSeconds: number;
  /** Targets that were executed. */
  readonly executed: number;
}

export interface WarmRuns {
  readonly place: BenchSystem['place'];
  readonly runs: readonly TimedRun[];
}

/** Tests one commit on an empty volume, three times more on what is then a warm one, and then one with one changed file. */
export async function measureWarmRuns(): Promise<WarmRuns> {
  const bench = await startBenchSystem();
  try {
    const first = await bench.push(manyTests(), 'Many tests');
    const again = await bench.again(first);
    const second = await bench.again(again);
    const third = await bench.again(second);
    const changed = await bench.push({ 'p00/t0.sh': 'echo changed\n' }, 'Change one of them');
    const all = { first, again, second, third, changed };
    const runs = await Promise.all(
      Object.entries(all).map(async ([name, run]) =>
        timed(name, { run, log: await bench.log(run), until: await bench.workedUntil(run) }),
      ),
    );
    return { place: bench.place, runs };
  } finally {
    await bench.stop();
  }
}

function timed(
  name: string,
  { run, log, until }: { readonly run: EndedRun; readonly log: string; readonly until: Date },
): TimedRun {
  const elapsed = /Elapsed time: ([0-9.]+)s/.exec(log)?.[1];
  const executed = /Executed ([0-9]+) out of/.exec(log)?.[1];
  if (run.verdict !== 'passed' || elapsed === undefined || executed === undefined) {
    throw new YbError(
      'internal',
      `the run "${name}" ended as ${run.verdict}: ${run.reason ?? ''}\n${log.slice(-2_000)}`,
    );
  }
  return {
    name,
    seconds: (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000,
    bazelSeconds: Number(elapsed),
    workSeconds: (until.getTime() - Date.parse(run.startedAt)) / 1000,
    executed: Number(executed),
  };
}

const aims = { faster: 6, overheadSeconds: 4 } as const;

export function describeWarmRuns({ place, runs }: WarmRuns): Report {
  const [first, ...others] = runs;
  if (first === undefined) throw new RangeError('no runs');
  const warm = others.filter(({ executed }) => executed === 0);
  const ratio = first.seconds / median(warm.map(({ seconds }) => seconds));
  const overhead = median(warm.map(({ workSeconds, bazelSeconds }) => workSeconds - bazelSeconds));
  const judged = [
    {
      reached: ratio >= aims.faster,
      text: `the same commit again: ${ratio.toFixed(1)} × faster than the first, aim at least ${aims.faster}`,
    },
    // As processes nothing is isolated: what the containers cost can be said of the cluster alone.
    ...(place === 'in processes'
      ? []
      : [
          {
            reached: overhead <= aims.overheadSeconds,
            text: `what our containers add to it, warm: ${overhead.toFixed(1)} s, aim at most ${aims.overheadSeconds} s`,
          },
        ]),
  ];
  const cells = (values: readonly string[]): string => values.map((value) => value.padStart(12)).join('');
  return {
    text: [
      `${tests} tests of ${testSeconds} s ${place} (s from the claim of the volume to the settled verdict)`,
      `  ${''.padEnd(10)}${cells(['whole run', "Bazel's own", 'ours', "cluster's", 'executed', 'first ÷'])}`,
      ...runs.map(({ name, seconds, bazelSeconds, workSeconds, executed }) => {
        const parts = [seconds, bazelSeconds, workSeconds - bazelSeconds, seconds - workSeconds];
        const times = parts.map((value) => value.toFixed(1));
        return `  ${name.padEnd(10)}${cells([...times, String(executed), (first.seconds / seconds).toFixed(1)])}`;
      }),
      ...judged.map(({ reached, text }) => `  ${reached ? 'reached' : 'MISSED '}  ${text}`),
      '',
    ].join('\n'),
    good: judged.every(({ reached }) => reached),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new RangeError('no values');
  return middle;
}
