import { describe, expect, it } from 'vitest';
import { bep, read } from './recordings.ts';

/** What Bazel 7 to 9 write: more kinds of events, durations as text, hashes as configurations. */
const configuration = { id: '4a0f6d5a0ab1d4c5' };
const label = '//app:app_test';
const lib = '//app:lib';
const stream = [
  {
    id: { started: {} },
    started: { uuid: 'u', buildToolVersion: '8.4.2', command: 'test', startTime: '2026-01-02T03:04:05Z' },
  },
  { id: { buildMetadata: {} }, buildMetadata: { metadata: { ROLE: 'CI' } } },
  { id: { pattern: { pattern: ['//...'] } }, children: [{ targetConfigured: { label } }], expanded: {} },
  { id: { configuration }, configuration: { mnemonic: 'k8-fastbuild', cpu: 'k8', isTool: false } },
  { id: { targetConfigured: { label } }, configured: { targetKind: 'cc_test rule', testSize: 'MEDIUM' } },
  { id: { targetConfigured: { label: lib } }, configured: { targetKind: 'cc_library rule' } },
  { id: { targetConfigured: { label: lib, aspect: 'lint' } }, configured: { targetKind: 'cc_library rule' } },
  {
    id: { namedSet: { id: '0' } },
    namedSetOfFiles: { files: [{ name: 'x', uri: 'bytestream://cache/x', digest: 'a', length: '3' }] },
  },
  { id: { targetCompleted: { label: lib, configuration } }, completed: { success: true } },
  { id: { targetCompleted: { label: lib, configuration, aspect: 'lint' } }, completed: { success: true } },
  {
    id: { targetCompleted: { label, configuration } },
    children: [
      { testResult: { label, run: 1, shard: 1, attempt: 1, configuration } },
      { testSummary: { label, configuration } },
      { targetSummary: { label, configuration } },
    ],
    completed: { success: true, testTimeout: '300s' },
  },
  {
    id: { testProgress: { label, run: 1, shard: 1, attempt: 1, configuration, opaqueCount: 1 } },
    testProgress: { uri: 'x' },
  },
  {
    id: { testResult: { label, run: 1, shard: 1, attempt: 1, configuration } },
    testResult: {
      status: 'PASSED',
      statusDetails: '',
      testAttemptDurationMillis: '1499',
      testAttemptDuration: '1.499999s',
      testAttemptStartMillisEpoch: '1767323045000',
      testAttemptStart: '2026-01-02T03:04:05.000Z',
      testActionOutput: [{ name: 'test.log', uri: 'file:///o/bazel-out/k8-fastbuild/testlogs/app/app_test/test.log' }],
      executionInfo: { strategy: 'linux-sandbox', timingBreakdown: { name: 'totalTime', time: '1.5s' } },
    },
  },
  {
    id: { testSummary: { label, configuration } },
    testSummary: {
      overallStatus: 'PASSED',
      totalRunCount: 1,
      runCount: 1,
      attemptCount: 1,
      shardCount: 1,
      firstStartTime: '2026-01-02T03:04:05Z',
      lastStopTime: '2026-01-02T03:04:07Z',
      totalRunDuration: '1.499s',
    },
  },
  {
    id: { targetSummary: { label, configuration } },
    targetSummary: { overallBuildSuccess: true, overallTestStatus: 'PASSED' },
  },
  {
    id: { buildFinished: {} },
    finished: { overallSuccess: true, exitCode: { name: 'SUCCESS' }, finishTime: '2026-01-02T03:04:08Z' },
  },
  { id: { convenienceSymlinksIdentified: {} }, convenienceSymlinksIdentified: {} },
  { id: { buildToolLogs: {} }, buildToolLogs: { log: [{ name: 'elapsed time', contents: 'MQ==' }] } },
  { id: { buildMetrics: {} }, buildMetrics: { actionSummary: { actionsExecuted: '3' } }, lastMessage: true },
];

describe('the events of newer Bazels', () => {
  it('are read as those of older ones', () => {
    expect(read(stream)).toMatchObject({
      complete: true,
      exitCode: 0,
      toolchain: '8.4.2',
      tests: [label],
      failures: [],
      targets: [
        {
          label,
          kind: 'cc_test',
          status: 'PASSED',
          attempts: 1,
          shards: 1,
          runs: 1,
          cached: false,
          durationMs: 1_499,
          strategy: 'linux-sandbox',
          details: [{ durationMs: 1_500, startedAt: '2026-01-02T03:04:05.000Z' }],
        },
      ],
      counts: { targets: 2, tests: 1, passed: 1, executed: 1 },
      files: [{ log: '/o/bazel-out/k8-fastbuild/testlogs/app/app_test/test.log' }],
    });
  });

  it('know results of remote execution', () => {
    const remote = { strategy: 'remote', cachedRemotely: true };
    const cached = [
      bep.result(label, {
        status: 'PASSED',
        executionInfo: remote,
        testActionOutput: [{ name: 'test.log', uri: 'bytestream://c/x' }],
      }),
    ];
    expect(read(cached)).toMatchObject({ targets: [{ cached: true, strategy: 'remote' }], files: [{ log: null }] });
  });

  it('name what does not load by a label that was never configured', () => {
    const id = { unconfiguredLabel: { label: '@@//gone:x' } };
    const { failures } = read([bep.aborted(id, { reason: 'LOADING_FAILURE', description: "no such package 'gone'" })]);
    expect(failures).toEqual([
      { label: '//gone:x', type: 'Loading', exitCode: null, message: "no such package 'gone'" },
    ]);
  });

  it.each([
    [1, "error loading package 'bad'", 1],
    [2, 'Unrecognized option', 1],
    [7, 'analysis failed', 1],
    [3, 'tests failed', 0],
    [8, 'interrupted', 0],
  ])('with exit code %i say at the end %j, which is told where nothing else is', (code, message, told) => {
    const end = { id: { buildFinished: {} }, finished: { exitCode: { name: 'X', code }, failureDetail: { message } } };
    expect(read([end]).failures).toEqual(told === 0 ? [] : [{ label: null, type: null, exitCode: null, message }]);
    const action = { id: { actionCompleted: { label: lib } }, action: { type: 'CppCompile', exitCode: 1 } };
    expect(read([action, end]).failures.map(({ type }) => type)).toEqual(['CppCompile']);
  });
});
