import { describe, expect, it } from 'vitest';
import { createEventReader } from '../../../shared/bazel/events.ts';
import { resultLimits } from '../../../shared/attempt/result.ts';
import { bep, read, reading } from './recordings.ts';

const label = '//a:a_test';

function only(events: readonly unknown[]) {
  const { targets } = read([bep.started(), bep.configured(label), ...events]);
  expect(targets).toHaveLength(1);
  return targets[0];
}

describe('a test whose summary never came', () => {
  it.each([
    ['never built', [], 'NO_STATUS'],
    ['built, not started', [bep.built(label)], 'NO_STATUS'],
    ['passed', [bep.built(label), bep.result(label, { status: 'PASSED' })], 'PASSED'],
    ['failed', [bep.built(label), bep.result(label, { status: 'FAILED' })], 'FAILED'],
    ['timed out', [bep.built(label), bep.result(label, { status: 'TIMEOUT' })], 'TIMEOUT'],
    ['result without a status', [bep.built(label), bep.result(label, {})], 'NO_STATUS'],
    [
      'failed, then passed',
      [
        bep.result(label, { status: 'FAILED' }, { more: true }),
        bep.result(label, { status: 'PASSED' }, { attempt: 2 }),
      ],
      'FLAKY',
    ],
    ['failed, another attempt was announced', [bep.result(label, { status: 'FAILED' }, { more: true })], 'INCOMPLETE'],
    ['one of two shards passed', [bep.built(label, 2), bep.result(label, { status: 'PASSED' })], 'INCOMPLETE'],
    ['one of two shards failed', [bep.built(label, 2), bep.result(label, { status: 'FAILED' })], 'FAILED'],
    [
      'both shards passed',
      [
        bep.built(label, 2),
        bep.result(label, { status: 'PASSED' }),
        bep.result(label, { status: 'PASSED' }, { shard: 2 }),
      ],
      'PASSED',
    ],
  ])('%s', (_, events, status) => {
    expect(only(events)?.status).toBe(status);
  });
});

describe('an aborted event in the place of a test’s own', () => {
  const targetCompleted = { targetCompleted: { label, configuration: { id: 'k8-fastbuild' } } };
  const testSummary = { testSummary: { label, configuration: { id: 'k8-fastbuild' } } };

  it.each([
    ['ANALYSIS_FAILURE', 'FAILED_TO_BUILD'],
    ['LOADING_FAILURE', 'FAILED_TO_BUILD'],
    ['USER_INTERRUPTED', 'INCOMPLETE'],
    ['TIME_OUT', 'INCOMPLETE'],
    ['OUT_OF_MEMORY', 'INCOMPLETE'],
    ['INTERNAL', 'INCOMPLETE'],
    ['SKIPPED', 'NO_STATUS'],
    ['NO_BUILD', 'NO_STATUS'],
    ['NO_ANALYZE', 'NO_STATUS'],
    ['INCOMPLETE', 'NO_STATUS'],
    ['SOMETHING_NEW', 'NO_STATUS'],
    [undefined, 'NO_STATUS'],
  ])('%s', (reason, status) => {
    expect(only([bep.aborted(targetCompleted, reason === undefined ? {} : { reason })])?.status).toBe(status);
    expect(only([bep.built(label), bep.aborted(testSummary, reason === undefined ? {} : { reason })])?.status).toBe(
      status,
    );
  });

  it('outweighs a shard that had passed before', () => {
    const target = only([
      bep.built(label, 2),
      bep.result(label, { status: 'PASSED' }),
      bep.aborted(testSummary, { reason: 'USER_INTERRUPTED' }),
    ]);
    expect(target).toMatchObject({ status: 'INCOMPLETE', attempts: 1 });
  });
});

describe('targets that were not built', () => {
  it('are told as such, whatever their kind, but only tests are counted', () => {
    const { targets, counts, tests } = read([
      bep.configured(label),
      bep.notBuilt(label),
      bep.configured('//a:lib', 'cc_library rule'),
      bep.notBuilt('//a:lib'),
      bep.configured('//a:good', 'cc_library rule'),
      bep.built('//a:good', 0),
    ]);

    expect(targets.map((target) => [target.label, target.kind, target.status])).toEqual([
      [label, 'sh_test', 'FAILED_TO_BUILD'],
      ['//a:lib', 'cc_library', 'FAILED_TO_BUILD'],
    ]);
    expect(tests).toEqual([label]);
    expect(counts).toMatchObject({ targets: 3, tests: 1, failedToBuild: 1 });
  });

  it('keep the result of the tests themselves where only an aspect failed', () => {
    const { targets, failures } = read([
      bep.built(label),
      bep.result(label, { status: 'PASSED' }),
      bep.summary(label, { overallStatus: 'PASSED' }),
      { id: { targetCompleted: { label, aspect: '//:lint.bzl%lint' } }, completed: {} },
    ]);
    expect(targets[0]?.status).toBe('PASSED');
    expect(failures).toEqual([{ label, type: 'Aspect', exitCode: null, message: null }]);
  });
});

describe('newer and unusual fields', () => {
  it('reads durations and times as text', () => {
    const target = only([
      bep.result(label, {
        status: 'PASSED',
        testAttemptDuration: '1.2345s',
        testAttemptDurationMillis: '7',
        testAttemptStart: '2026-01-02T03:04:05.678901Z',
        executionInfo: { strategy: 'disk cache hit' },
      }),
      bep.summary(label, { overallStatus: 'PASSED', totalRunDuration: '62s', attemptCount: 1 }),
    ]);
    expect(target).toMatchObject({ durationMs: 62_000, cached: true, strategy: 'disk cache hit' });
    expect(target?.details[0]).toMatchObject({ durationMs: 1_235, startedAt: '2026-01-02T03:04:05.678Z' });
  });

  it('reads numbers where Bazel writes 64-bit integers as text', () => {
    const target = only([bep.result(label, { status: 4, testAttemptDurationMillis: 12 })]);
    expect(target).toMatchObject({ status: 'FAILED', durationMs: 12 });
  });

  it('takes the attempts of a flaky result from the cache from its logs', () => {
    const target = only([
      bep.built(label),
      bep.result(label, { status: 'FLAKY', cachedLocally: true, executionInfo: {} }),
      bep.summary(label, {
        overallStatus: 'FLAKY',
        totalRunCount: 2,
        totalNumCached: 1,
        passed: [{ uri: 'file:///x/test.log' }],
        failed: [{ uri: 'file:///x/test_attempts/attempt_1.log' }],
      }),
    ]);
    expect(target).toMatchObject({ status: 'FLAKY', attempts: 2, cached: true });
  });

  it('takes a status that it does not know for one that is no success', () => {
    expect(only([bep.summary(label, { overallStatus: 'SPLENDID' })])?.status).toBe('INCOMPLETE');
    expect(only([bep.summary(label, {})])?.status).toBe('NO_STATUS');
  });

  it('takes the worst of a target under several configurations', () => {
    const target = only([
      { ...bep.summary(label, { overallStatus: 'PASSED' }) },
      { id: { testSummary: { label, configuration: { id: 'arm' } } }, testSummary: { overallStatus: 'FAILED' } },
    ]);
    expect(target?.status).toBe('FAILED');
  });

  it('knows the main repository’s targets under their short labels', () => {
    expect(read([bep.configured('@@//a:a_test'), bep.configured('@//a:a_test')]).tests).toEqual([label]);
  });
});

describe('failing actions', () => {
  const action = (message: string) => ({
    id: { actionCompleted: { label: '//a:lib' } },
    action: { type: 'CppCompile', exitCode: 1, failureDetail: { message, spawn: { spawnExitCode: 4 } } },
  });
  const messageOf = (message: string) => read([action(message)]).failures[0]?.message;

  it('are told by Bazel’s words without the command line', () => {
    expect(messageOf('gcc failed: error executing command (exec env - TOKEN=s3cr3t gcc -c x)')).toBe('gcc failed');
    expect(
      messageOf(
        'Executing genrule //a:b failed: (Exit 3): bash failed: error executing Genrule command (from //a:b) bash -c s3cr3t',
      ),
    ).toBe('Executing genrule //a:b failed: (Exit 3): bash failed');
    expect(messageOf("missing input file '//a:gone'")).toBe("missing input file '//a:gone'");
    expect(messageOf('\u001b[31mred\u001b[0m\u0007 file:///secret/place')).toBe('red');
    expect(messageOf('error executing command gcc')).toBeNull();
  });

  it('have the exit code of the command itself', () => {
    expect(read([action('x')]).failures[0]).toMatchObject({ label: '//a:lib', type: 'CppCompile', exitCode: 4 });
  });

  it('are each told once, and at most as many as the limit says', () => {
    const reader = createEventReader({ limits: { failures: 3 } });
    for (const text of ['one', 'one', 'two', 'three', 'four']) reader.push(JSON.stringify(action(text)));
    expect(reader.snapshot().failures.map(({ message }) => message)).toEqual(['one', 'two', 'three']);
  });

  it('do not come from actions that succeeded, nor from tests', () => {
    const told = [
      { id: { actionCompleted: {} }, action: { success: true, type: 'Genrule' } },
      { id: { actionCompleted: {} }, action: { type: 'TestRunner', exitCode: 1 } },
    ];
    expect(read(told).failures).toEqual([]);
  });

  it('give way to what whole targets tell where no action told anything', () => {
    const completed = { failureDetail: { message: 'output was not created' } };
    const target = { id: { targetCompleted: { label } }, completed };
    expect(read([target]).failures).toEqual([{ label, type: null, exitCode: null, message: 'output was not created' }]);
    expect(read([target, action('x')]).failures.map(({ type }) => type)).toEqual(['CppCompile']);
  });
});

describe('a second invocation in the same file', () => {
  it('begins anew, also for what changed', () => {
    const reader = reading([bep.started('one'), bep.configured('//old:old_test'), bep.finished(37), bep.last()]);
    for (const event of [bep.started('two'), bep.configured(label)]) reader.push(JSON.stringify(event));

    expect(reader.snapshot()).toMatchObject({ tests: [label], exitCode: null, complete: false, started: true });
    expect(reader.changed().map((target) => target.label)).toEqual([label]);
  });
});

describe('limits', () => {
  it('passes over lines that are too long or too deep', () => {
    const reader = createEventReader({ limits: { line: 200, depth: 5 } });
    reader.push(JSON.stringify({ ...bep.configured(label), padding: 'x'.repeat(200) }));
    reader.push(JSON.stringify({ ...bep.configured(label), nested: [[[[[[]]]]]] }));
    expect(reader.snapshot().targets).toEqual([]);

    reader.push(JSON.stringify({ ...bep.configured(label), text: '[[[[[[[{{{{{"\\"' }));
    expect(reader.snapshot().targets).toHaveLength(1);
  });

  it('keeps as many targets as it may, and counts the others', () => {
    const reader = createEventReader({ limits: { targets: 2 } });
    for (const name of ['a', 'b', 'c', 'd']) reader.push(JSON.stringify(bep.configured(`//${name}:${name}_test`)));
    reader.push(JSON.stringify(bep.result('//c:c_test', { status: 'FAILED' })));

    expect(reader.snapshot()).toMatchObject({ tests: ['//a:a_test', '//b:b_test'], counts: { targets: 4, tests: 2 } });
  });

  it('keeps as many attempts of a target as the result file takes', () => {
    const events = Array.from({ length: resultLimits.details + 5 }, (_, index) =>
      bep.result(label, { status: 'PASSED' }, { run: index + 1 }),
    );
    expect(only(events)?.details).toHaveLength(resultLimits.details);
  });

  it('keeps as many attempts of all targets as it may, and what the others do to the status', () => {
    const reader = createEventReader({ limits: { attempts: 2 } });
    const results = ['PASSED', 'PASSED', 'PASSED', 'TIMEOUT'].map((status, index) =>
      bep.result(`//a:${index}_test`, { status }),
    );
    for (const event of results) reader.push(JSON.stringify(event));

    const { targets } = reader.snapshot();
    expect(targets.map(({ status }) => status)).toEqual(['PASSED', 'PASSED', 'PASSED', 'TIMEOUT']);
    expect(targets.map(({ details }) => details.length)).toEqual([1, 1, 0, 0]);
  });

  it('keeps a target’s worst status under however many configurations', () => {
    const summary = (index: number, overallStatus: string) => ({
      id: { testSummary: { label, configuration: { id: `c${index}` } } },
      testSummary: { overallStatus },
    });
    const passed = Array.from({ length: 200 }, (_, index) => summary(index, 'PASSED'));
    expect(only(passed)?.status).toBe('PASSED');
    expect(only(passed.toSpliced(120, 1, summary(120, 'FAILED')))?.status).toBe('FAILED');
  });

  it('passes over labels that are too long', () => {
    expect(read([bep.configured(`//${'x'.repeat(resultLimits.label)}`)]).counts.targets).toBe(0);
  });
});
