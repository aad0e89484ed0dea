import type { RunResult } from '../../../shared/attempt/result.ts';
import type { ContainerFacts, PodFacts, VerdictInput } from '../../../shared/run/verdict.ts';

const runId = 'abcdefghijklmnopqrstuvwxyz';

/** A result that proves that nine tests passed, but for what is given. */
export function aResult(
  parts: Partial<RunResult> & { readonly counted?: Partial<RunResult['counts']> } = {},
): RunResult {
  const { counted, ...rest } = parts;
  return {
    v: 1,
    runId,
    attempt: 1,
    epoch: 7,
    exitCode: 0,
    complete: true,
    events: { complete: true, exitCode: rest.exitCode === undefined ? 0 : rest.exitCode },
    bytes: 10,
    lines: 1,
    sha256: 'a'.repeat(64),
    chunks: 1,
    counts: {
      targets: 9,
      tests: 9,
      passed: 9,
      failed: 0,
      flaky: 0,
      timedOut: 0,
      cached: 0,
      executed: 9,
      failedToBuild: 0,
      incomplete: 0,
      notRun: 0,
      ...counted,
    },
    failed: [],
    toolchain: '8.4.0',
    oomKills: 0,
    repairs: [],
    phases: {},
    missing: [],
    logTooLarge: false,
    ...rest,
  };
}

export function ended(exitCode: number, reason: string | null = null): ContainerFacts {
  return { exitCode, reason, message: null };
}

export function waiting(reason: string): ContainerFacts {
  return { exitCode: null, reason, message: null };
}

export function aPod(
  parts: Partial<Omit<PodFacts, 'containers'>> & { readonly containers?: Partial<PodFacts['containers']> } = {},
): PodFacts {
  const { containers, ...rest } = parts;
  return {
    reason: null,
    scheduled: true,
    deleting: false,
    disruption: null,
    ...rest,
    containers: { courier: ended(0), checkout: ended(0), build: ended(0), ...containers },
  };
}

/** An attempt that passed with every proof, but for what is given. */
export function anInput(parts: Partial<VerdictInput> = {}): VerdictInput {
  return {
    attempt: { runId, attempt: 1, epoch: 7, volume: 0 },
    cancel: { requested: false },
    deadline: { exceeded: false },
    job: { condition: 'Complete', reason: null },
    pod: aPod(),
    result: aResult(),
    attemptsSoFar: [],
    ...parts,
  };
}

/** An attempt whose build ended with this exit code, told by everybody alike. */
export function endedWith(
  exitCode: number,
  parts: Partial<RunResult> & { counted?: Partial<RunResult['counts']> } = {},
) {
  return anInput({
    job: { condition: exitCode === 0 ? 'Complete' : 'Failed', reason: exitCode === 0 ? null : 'BackoffLimitExceeded' },
    pod: aPod({ containers: { build: ended(exitCode, exitCode === 0 ? 'Completed' : 'Error') } }),
    result: aResult({ exitCode, ...parts }),
  });
}
