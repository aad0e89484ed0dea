import type { RunResult } from '../../shared/attempt/result.ts';

/** The result of an attempt whose four tests passed, but for what is said of it. */
export function sampleResult(
  of: { readonly runId: string; readonly attempt: number; readonly epoch: number; readonly at: Date },
  changes: Partial<RunResult> = {},
): RunResult {
  const at = of.at.toISOString();
  return {
    v: 1,
    runId: of.runId,
    attempt: of.attempt,
    epoch: of.epoch,
    exitCode: 0,
    complete: true,
    events: { complete: true, exitCode: 0 },
    bytes: 10,
    lines: 1,
    sha256: '0'.repeat(64),
    chunks: 1,
    counts: {
      targets: 4,
      tests: 4,
      passed: 4,
      failed: 0,
      flaky: 0,
      timedOut: 0,
      cached: 0,
      executed: 4,
      failedToBuild: 0,
      incomplete: 0,
      notRun: 0,
    },
    failed: [],
    toolchain: '4.2.3',
    oomKills: 0,
    repairs: [],
    phases: { build: { startedAt: at, finishedAt: at } },
    missing: [],
    logTooLarge: false,
    ...changes,
  };
}
