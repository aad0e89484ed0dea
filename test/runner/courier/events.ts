/** Lines of build events, as Bazel writes them. */
export function started(uuid = 'u-1'): string {
  const startTimeMillis = '1795359324743';
  return JSON.stringify({
    id: { started: {} },
    started: { uuid, startTimeMillis, buildToolVersion: '7.1.0', command: 'test' },
  });
}

export function finished(code = 3): string[] {
  const exitCode = { name: code === 0 ? 'SUCCESS' : 'TESTS_FAILED', ...(code === 0 ? {} : { code }) };
  return [
    JSON.stringify({ id: { buildFinished: {} }, finished: { exitCode, finishTimeMillis: '1795359329743' } }),
    JSON.stringify({ id: { progress: { opaqueCount: 9 } }, progress: {}, lastMessage: true }),
  ];
}

/** The events of one test of one attempt, and the names of its files below `testlogs`. */
export function failedTest(
  label: string,
  options: { uri?: string; status?: string } = {},
): { lines: string[]; files: string[] } {
  const { status = 'FAILED' } = options;
  const folder = label.replace(/^\/\//, '').replace(':', '/');
  const files = [`${folder}/test.log`, `${folder}/test.xml`];
  const configuration = { id: 'c' };
  const outputs = files.map((file) => ({
    name: file.slice(folder.length + 1),
    uri: options.uri ?? `file:///vol/ob/execroot/_main/bazel-out/k8-fastbuild/testlogs/${file}`,
  }));
  return {
    files,
    lines: [
      JSON.stringify({
        id: { targetConfigured: { label } },
        children: [{ targetCompleted: { label, configuration } }],
        configured: { targetKind: 'sh_test rule', testSize: 'MEDIUM' },
      }),
      JSON.stringify({ id: { targetCompleted: { label, configuration } }, completed: { success: true } }),
      JSON.stringify({
        id: { testResult: { label, run: 1, shard: 1, attempt: 1, configuration } },
        testResult: { testActionOutput: outputs, testAttemptDurationMillis: '47', status, executionInfo: {} },
      }),
      JSON.stringify({
        id: { testSummary: { label, configuration } },
        testSummary: {
          overallStatus: status,
          totalRunCount: 1,
          runCount: 1,
          [status === 'PASSED' ? 'passed' : 'failed']: [],
        },
      }),
    ].map((line) => `${line}\n`.trimEnd()),
  };
}
