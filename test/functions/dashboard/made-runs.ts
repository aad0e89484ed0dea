import { createHash } from 'node:crypto';
import { buildLogName, liveName, targetsName, testFile, testFileName } from '../../../shared/attempt/layout.ts';
import type { FailingAction, TargetCounts, TargetResult, TestStatus } from '../../../shared/attempt/result.ts';
import type { Run, RunOutcome } from '../../../shared/run/run.ts';
import { noon, sampleRun, sampleRunId } from '../../support/sample-run.ts';
import type { World } from './dashboard-rig.ts';

/** A commit id that looks like one. */
export function commitOf(number: number): string {
  return createHash('sha1').update(String(number)).digest('hex');
}

/** Minutes and seconds after noon, the beginning of every scene. */
export function at(minutes: number, seconds = 0): Date {
  return new Date(noon.getTime() + (minutes * 60 + seconds) * 1000);
}

export function target(label: string, status: TestStatus, more: Partial<TargetResult> = {}): TargetResult {
  return {
    label,
    kind: 'sh_test',
    status,
    attempts: 1,
    cached: false,
    durationMs: 640,
    shards: 1,
    runs: 1,
    strategy: 'linux-sandbox',
    details: [],
    log: null,
    ...more,
  };
}

/** A target whose log and cases were kept under this number. */
export function failedTarget(label: string, number: number, more: Partial<TargetResult> = {}): TargetResult {
  const log = testFile({ number, file: 'log' });
  const xml = testFile({ number, file: 'xml' });
  const status = more.status ?? 'FAILED';
  const detail = {
    run: 1,
    shard: 1,
    attempt: 1,
    status,
    durationMs: 640,
    startedAt: null,
    cached: false,
    strategy: null,
  };
  return target(label, status, { log, details: [{ ...detail, log, xml }], ...more });
}

export function counts(of: Partial<TargetCounts>): TargetCounts {
  const none = { targets: 0, tests: 0, passed: 0, failed: 0, flaky: 0, timedOut: 0, cached: 0, executed: 0 };
  return { ...none, failedToBuild: 0, incomplete: 0, notRun: 0, ...of };
}

export function outcome(of: Partial<RunOutcome> & Pick<RunOutcome, 'verdict'>): RunOutcome {
  return {
    reason: 'A sentence about it',
    code: of.verdict,
    fault: 'nobody',
    counts: null,
    failed: [],
    toolchain: '7.4.1',
    exitCode: 0,
    ...of,
  };
}

/** A run that came to an end two minutes after it was asked for. */
export function finishedRun(number: number, of: Partial<Run> & { readonly outcome: RunOutcome }): Run {
  const start = of.createdAt ?? at(0);
  const after = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
  return sampleRun({
    id: sampleRunId(number),
    sha: commitOf(number),
    state: 'finished',
    nextLookAt: null,
    lease: { volume: 0, epoch: 12 },
    startedAt: after(4),
    runningAt: after(9),
    finishedAt: after(76),
    phases: {
      checkout: { startedAt: after(9), finishedAt: after(11) },
      build: { startedAt: after(11), finishedAt: after(73) },
      upload: { startedAt: after(73), finishedAt: after(76) },
    },
    log: { complete: true, archived: true, bytes: 1, lines: 1 },
    ...of,
    createdAt: start,
  });
}

/** Puts a finished run's archive where its page looks for it. */
export function archive(
  world: World,
  run: Run,
  files: {
    readonly log: string;
    readonly targets?: readonly TargetResult[];
    readonly failures?: readonly FailingAction[];
    readonly tests?: Readonly<Record<number, { readonly log?: string; readonly xml?: string }>>;
  },
): Run {
  const ref = { runId: run.id, attempt: run.attempt };
  world.objects.put(buildLogName(ref), files.log);
  world.objects.put(liveName(ref, 'chunk', 1), files.log);
  const { targets = [], failures = [] } = files;
  world.objects.put(targetsName(ref), JSON.stringify({ v: 1, targets, failures }));
  for (const [number, test] of Object.entries(files.tests ?? {})) {
    for (const file of ['log', 'xml'] as const) {
      const content = test[file];
      if (content !== undefined) world.objects.put(testFileName(ref, { number: Number(number), file }), content);
    }
  }
  const lines = files.log.split('\n').length - 1;
  return { ...run, log: { complete: true, archived: true, bytes: Buffer.byteLength(files.log), lines } };
}
