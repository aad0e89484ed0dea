import { describe, expect, it } from 'vitest';
import { decideVerdict, type VerdictInput } from '../../../shared/run/verdict.ts';
import { anInput, aPod, aResult, ended, endedWith } from './verdict-input.ts';

const failed = [{ label: '//a:a_test', status: 'FAILED' }] as const;

describe('a run passes', () => {
  it('with every proof', () => {
    expect(decideVerdict(anInput())).toEqual({
      verdict: 'passed',
      reason: 'All 9 tests passed',
      code: 'passed',
      fault: 'nobody',
      retry: false,
      volume: 'good',
    });
  });

  it('with flaky tests, and says so', () => {
    const verdict = decideVerdict(endedWith(0, { counted: { passed: 7, flaky: 2 } }));
    expect(verdict).toMatchObject({ verdict: 'passed', reason: 'All 9 tests passed, 2 of them flaky' });
    expect(decideVerdict(endedWith(0, { counted: { tests: 1, passed: 0, flaky: 1 } })).reason).toBe(
      '1 test passed, but it is flaky',
    );
  });

  it('when the Pod is gone after the Job completed, or nobody knows of either', () => {
    expect(decideVerdict(anInput({ pod: null })).verdict).toBe('passed');
    expect(decideVerdict(anInput({ pod: null, job: { condition: null, reason: null } })).verdict).toBe('passed');
  });

  it('though it was cancelled, or its deadline passed, after its result was proved', () => {
    expect(decideVerdict(anInput({ cancel: { requested: true } })).verdict).toBe('passed');
    expect(decideVerdict(anInput({ deadline: { exceeded: true } })).verdict).toBe('passed');
  });

  it('with a log that is not whole, and says so', () => {
    expect(decideVerdict(endedWith(0, { complete: false })).reason).toBe('All 9 tests passed; the log is incomplete');
  });
});

describe('a run with exit code 0 does not pass', () => {
  const lacking: readonly (readonly [string, Partial<VerdictInput>])[] = [
    ['without a result', { result: null }],
    ['with the result of another run', { result: aResult({ runId: 'z'.repeat(26) }) }],
    ['with the result of another attempt', { result: aResult({ attempt: 2 }) }],
    ['with the result of another epoch', { result: aResult({ epoch: 6 }) }],
    ['with a result without an exit code', { result: aResult({ exitCode: null }) }],
    ['with another exit code in the result', { result: aResult({ exitCode: 3 }) }],
    ['with events that break off', { result: aResult({ events: { complete: false, exitCode: null } }) }],
    ['with events that tell another exit code', { result: aResult({ events: { complete: true, exitCode: 8 } }) }],
    ['with a failed test', { result: aResult({ counted: { failed: 1, passed: 8 } }) }],
    ['with a test that timed out', { result: aResult({ counted: { timedOut: 1, passed: 8 } }) }],
    ['with a test that did not build', { result: aResult({ counted: { failedToBuild: 1, passed: 8 } }) }],
    ['with a test that did not come to its end', { result: aResult({ counted: { incomplete: 1, passed: 8 } }) }],
    ['with a failed test in the list', { result: aResult({ failed: [...failed] }) }],
    ['without tests', { result: aResult({ counted: { tests: 0, passed: 0 } }) }],
    ['with tests none of which ran', { result: aResult({ counted: { passed: 0, notRun: 9 } }) }],
    ['with a log beyond its limit', { result: aResult({ logTooLarge: true }) }],
    ['when its container ended otherwise', { pod: aPod({ containers: { build: ended(143, 'Error') } }) }],
    ['when a process of it was killed for memory', { pod: aPod({ containers: { build: ended(0, 'OOMKilled') } }) }],
    [
      'when nobody saw its container end and the Job did not complete',
      {
        pod: aPod({ containers: { build: null } }),
        job: { condition: null, reason: null },
      },
    ],
    [
      'when the Pod is gone and the Job failed',
      { pod: null, job: { condition: 'Failed', reason: 'BackoffLimitExceeded' } },
    ],
  ];

  it.each(lacking)('%s', (_, parts) => {
    const input = anInput(parts);
    expect(decideVerdict(input).verdict).not.toBe('passed');
    // Nor does anybody who asks for something make it pass.
    expect(decideVerdict({ ...input, cancel: { requested: true } }).verdict).not.toBe('passed');
    expect(decideVerdict({ ...input, deadline: { exceeded: true } }).verdict).not.toBe('passed');
  });

  it('is told by what failed where the tests contradict it', () => {
    expect(decideVerdict(anInput({ result: aResult({ counted: { failed: 1 } }) })).code).toBe('tests-failed');
    expect(decideVerdict(anInput({ result: aResult({ counted: { failedToBuild: 1 } }) })).code).toBe('build-failed');
    expect(decideVerdict(anInput({ result: aResult({ events: { complete: true, exitCode: 8 } }) })).code).toBe(
      'interrupted',
    );
  });

  it('and is tried again where a proof is missing', () => {
    const events = { complete: false, exitCode: null };
    expect(decideVerdict(anInput({ result: aResult({ events }) }))).toMatchObject({ code: 'unproved', retry: true });
  });
});

describe('another attempt', () => {
  const pastWith = (...codes: readonly string[]) => codes.map((code, volume) => ({ code, exitCode: null, volume }));
  const at = (attempt: number, input: VerdictInput, codes: readonly string[] = []) =>
    decideVerdict({
      ...input,
      attempt: { ...input.attempt, attempt },
      result: input.result === null ? null : { ...input.result, attempt },
      attemptsSoFar: pastWith(...codes),
    }).retry;

  it('follows infrastructure failures until there were three', () => {
    const gone = anInput({ result: null, pod: null, job: { condition: 'Failed', reason: null } });
    expect([1, 2, 3, 4].map((attempt) => at(attempt, gone))).toEqual([true, true, false, false]);
    expect(at(1, gone, ['pod-gone', 'evicted'])).toBe(false);
  });

  it('follows a limit that the author reached once, whichever it was', () => {
    const heap = endedWith(33);
    expect(at(1, heap)).toBe(true);
    expect(at(2, heap, ['heap-exhausted'])).toBe(false);
    expect(at(2, heap, ['out-of-memory'])).toBe(false);
    expect(at(2, heap, ['pod-gone'])).toBe(true);
    expect(at(3, heap, ['pod-gone', 'pod-gone'])).toBe(false);
  });

  it('never follows what was proved or asked for', () => {
    for (const exitCode of [0, 1, 2, 3, 4, 7]) expect(at(1, endedWith(exitCode))).toBe(false);
    expect(at(1, { ...endedWith(8), cancel: { requested: true } })).toBe(false);
    expect(at(1, { ...endedWith(8), deadline: { exceeded: true } })).toBe(false);
  });
});
