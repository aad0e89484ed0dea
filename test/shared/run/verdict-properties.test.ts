import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../../shared/attempt/result.ts';
import { decideVerdict, type VerdictInput } from '../../../shared/run/verdict.ts';
import { maxAttempts, type VerdictRow, verdictTable } from '../../../shared/run/verdict-table.ts';
import { anInput, aPod, aResult, ended } from './verdict-input.ts';

/** Mostly the value that proves a success, so that most proofs hold and one or two do not. */
function mostly<Value>(good: Value, ...others: readonly Value[]): fc.Arbitrary<Value> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
}

const exitCode = mostly<number | null>(0, null, 1, 3, 4, 8, 36, 37, 77, 137);
const reason = mostly<string | null>(
  null,
  'OOMKilled',
  'ImagePullBackOff',
  'CrashLoopBackOff',
  'Evicted',
  'NodeLost',
  'x',
);
const container = mostly(ended(0), null).chain((known) =>
  known === null ? fc.constant(null) : fc.record({ exitCode, reason, message: fc.option(fc.string()) }),
);
const result: fc.Arbitrary<RunResult> = fc
  .record({
    attempt: mostly(1, 2),
    epoch: mostly(7, 6),
    exitCode,
    complete: fc.boolean(),
    events: fc.record({ complete: mostly(true, false), exitCode }),
    counted: fc.record({
      passed: mostly(9, 0),
      flaky: mostly(0, 1),
      failed: mostly(0, 1),
      timedOut: mostly(0, 1),
      failedToBuild: mostly(0, 1),
      incomplete: mostly(0, 1),
      notRun: mostly(0, 1),
    }),
    failed: mostly<RunResult['failed']>([], [{ label: '//a:a_test', status: 'FAILED' }]),
    logTooLarge: mostly(false, true),
  })
  .map((parts) => aResult(parts));
const pod = fc
  .record({
    reason,
    scheduled: mostly(true, false),
    deleting: mostly(false, true),
    disruption: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.record({ reason }) }),
    mountFailed: mostly(false, true),
    containers: fc.record({ courier: container, checkout: container, build: container }),
  })
  .map((parts) => aPod(parts));
const evidence: fc.Arbitrary<VerdictInput> = fc
  .record({
    cancel: fc.record({ requested: mostly(false, true), supersededBy: mostly<string | null>(null, 'f'.repeat(40)) }),
    deadline: fc.record({ exceeded: mostly(false, true) }),
    job: fc.record({
      condition: mostly<'Complete' | 'Failed' | null>('Complete', 'Failed', null),
      reason: mostly<string | null>(null, 'PodFailurePolicy', 'BackoffLimitExceeded'),
    }),
    pod: fc.oneof({ weight: 3, arbitrary: pod }, { weight: 1, arbitrary: fc.constant(null) }),
    started: fc.boolean(),
    result: fc.oneof({ weight: 9, arbitrary: result }, { weight: 1, arbitrary: fc.constant(null) }),
    earlier: fc.record({ noTests: fc.boolean() }),
    attemptsSoFar: fc.array(fc.constant({ code: 'unknown-exit-code', exitCode: 77, volume: 1 }), { maxLength: 3 }),
  })
  .map((parts) => anInput(parts));

describe('any evidence', () => {
  it('gives `passed` only with every proof', () => {
    let passes = 0;
    fc.assert(
      fc.property(evidence, (input) => {
        const { verdict } = decideVerdict(input);
        if (verdict !== 'passed') return;
        passes += 1;
        const { result: proof, pod, job } = input;
        expect(proof).toMatchObject({
          attempt: 1,
          epoch: 7,
          exitCode: 0,
          events: { complete: true },
          logTooLarge: false,
        });
        expect(proof?.events.exitCode).toBe(0);
        expect((proof?.counts.passed ?? 0) + (proof?.counts.flaky ?? 0)).toBeGreaterThan(0);
        expect(proof?.counts).toMatchObject({ failed: 0, timedOut: 0, failedToBuild: 0, incomplete: 0 });
        expect(proof?.failed).toEqual([]);
        const container = pod?.containers.build?.exitCode ?? null;
        if (container === null) expect(job.condition).not.toBe('Failed');
        else expect(container).toBe(0);
      }),
      { numRuns: 20_000 },
    );
    expect(passes).toBeGreaterThan(100);
  });

  it('gives `no-tests` as a success only when Bazel proved it', () => {
    fc.assert(
      fc.property(evidence, (input) => {
        if (decideVerdict(input).code !== 'no-tests') return;
        expect(input.earlier?.noTests).toBe(true);
        expect(input.result).toMatchObject({ attempt: 1, epoch: 7, events: { complete: true } });
        expect([0, 4]).toContain(input.result?.exitCode);
        expect([0, 4]).toContain(input.result?.events.exitCode);
        expect((input.result?.counts.passed ?? 0) + (input.result?.counts.flaky ?? 0)).toBe(0);
      }),
      { numRuns: 20_000 },
    );
  });

  it('gives what the table says, a reason, and no retry beyond the last attempt', () => {
    const table: Readonly<Record<string, VerdictRow>> = verdictTable;
    fc.assert(
      fc.property(evidence, (input) => {
        const verdict = decideVerdict(input);
        const row = table[verdict.code];
        expect(verdict).toMatchObject({ verdict: row?.verdict, fault: row?.fault, volume: row?.volume });
        expect(verdict.reason.length).toBeGreaterThan(0);
        if (row?.retries === 0 || input.attemptsSoFar.length + 1 >= maxAttempts) expect(verdict.retry).toBe(false);
        if (input.cancel.requested) expect(verdict.retry).toBe(false);
        expect(decideVerdict(input)).toEqual(verdict);
      }),
      { numRuns: 5_000 },
    );
  });
});
