import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../shared/json.ts';
import { resultLimits, RunResult, TargetsFile } from '../../../shared/attempt/result.ts';
import { summarize } from '../../../shared/bazel/summary.ts';
import { read, recording } from '../bazel/recordings.ts';
import { aResult } from '../run/verdict-input.ts';

const target = {
  label: '//a:a_test',
  kind: 'sh_test',
  status: 'PASSED',
  attempts: 1,
  cached: false,
  durationMs: 5,
  shards: 1,
  runs: 1,
  strategy: null,
  details: [],
  log: null,
};

describe('the result of an attempt', () => {
  it('comes back from its file as it was written', () => {
    const result = aResult({ phases: { test: { startedAt: '2026-01-01T00:00:00Z', finishedAt: null } } });
    expect(parseJson(RunResult, JSON.stringify(result), { what: 'result.json' })).toEqual(result);
  });

  it('is taken without the fields that a later courier added', () => {
    const { incomplete: _, notRun: __, ...counts } = aResult().counts;
    const parsed = RunResult.parse({ ...aResult(), counts, events: { complete: true } });
    expect(parsed).toMatchObject({ counts: { incomplete: 0, notRun: 0 }, events: { exitCode: null } });
  });

  it.each([
    ['another version', { v: 2 }],
    ['an id that is none', { runId: '../../x' }],
    ['attempt 0', { attempt: 0 }],
    ['a negative epoch', { epoch: -1 }],
    ['an exit code as text', { exitCode: '0' }],
    ['no word on the events', { events: {} }],
    ['negative counts', { counts: { ...aResult().counts, failed: -1 } }],
    ['too many failed tests', { failed: Array.from({ length: 21 }, () => ({ label: '//a:a', status: 'FAILED' })) }],
    ['a status that Bazel does not have', { failed: [{ label: '//a:a', status: 'GOOD' }] }],
    ['a digest that is none', { sha256: 'x' }],
    [
      'too many phases',
      {
        phases: Object.fromEntries(
          Array.from({ length: 33 }, (_, n) => [n, { startedAt: '2026-01-01T00:00:00Z', finishedAt: null }]),
        ),
      },
    ],
    ['too many missing objects', { missing: Array.from({ length: resultLimits.missing + 1 }, () => 'x') }],
  ])('is refused with %s', (_, parts) => {
    expect(RunResult.safeParse({ ...aResult(), ...parts }).success).toBe(false);
  });

  it('takes from the events what they tell', () => {
    const result = aResult(summarize(read(recording('mixed.bazel-2.1.0'))));
    expect(RunResult.parse(result)).toMatchObject({
      events: { complete: true, exitCode: 1 },
      counts: { tests: 4, passed: 1, failed: 2, failedToBuild: 1 },
      failed: [
        { label: '//broken:crash_test', status: 'FAILED' },
        { label: '//broken:fail_test', status: 'FAILED' },
        { label: '//broken:nobuild_test', status: 'FAILED_TO_BUILD' },
      ],
      toolchain: '2.1.0',
    });
  });
});

describe('a file of targets', () => {
  const file = (targets: readonly unknown[], failures: readonly unknown[] = []) =>
    TargetsFile.safeParse({ v: 1, targets, failures }).success;

  it('holds targets and failures', () => {
    expect(file([target], [{ label: null, type: 'Loading', exitCode: null, message: null }])).toBe(true);
  });

  it('is refused beyond its limits', () => {
    const failure = { label: '//a:a', type: 'CppCompile', exitCode: 1, message: 'x'.repeat(resultLimits.message + 1) };
    expect(file([{ ...target, label: `//${'x'.repeat(resultLimits.label)}` }])).toBe(false);
    expect(file([], [failure])).toBe(false);
    expect(
      file(
        [],
        Array.from({ length: resultLimits.failures + 1 }, () => ({ ...failure, message: 'x' })),
      ),
    ).toBe(false);
    expect(file(Array.from({ length: resultLimits.targets + 1 }, () => target))).toBe(false);
  });
});
