import { describe, expect, it } from 'vitest';
import { read, recording, recordings } from '../shared/bazel/recordings.ts';
import { aResult } from '../shared/run/verdict-input.ts';
import { explaining } from './explaining.ts';

const { explained: explainedText, write } = explaining();

async function explained(name: string, ...more: readonly string[]) {
  return await explainedText(recording(name), ...more);
}

describe('yb explain', () => {
  it.each([
    ['badflag.bazel-2.1.0', 2, 'broken', false],
    ['buildcommand.bazel-4.2.3', 0, 'no-tests', false],
    ['builderror.bazel-4.2.3', 1, 'broken', false],
    ['buildstop.bazel-2.1.0', 1, 'broken', false],
    ['cached.bazel-4.2.3', 0, 'passed', false],
    ['clientkilled.bazel-4.2.3', 137, 'infrastructure', true],
    ['diskcache.bazel-2.1.0', 0, 'passed', false],
    ['fail.bazel-4.2.3', 3, 'failed', false],
    ['filteredall.bazel-4.2.3', 4, 'no-tests', false],
    ['flaky.bazel-2.1.0', 0, 'passed', false],
    ['flaky.bazel-4.2.3', 0, 'passed', false],
    ['flakycached.bazel-2.1.0', 0, 'passed', false],
    ['flakycached.bazel-4.2.3', 0, 'passed', false],
    ['incompatible.bazel-4.2.3', 0, 'passed', false],
    ['incompatibleonly.bazel-4.2.3', 0, 'no-tests', false],
    ['interrupted.bazel-2.1.0', 8, 'cancelled', false],
    ['interrupted.bazel-4.2.3', 8, 'cancelled', false],
    ['missingdep.bazel-2.1.0', 1, 'broken', false],
    ['missingdepstop.bazel-2.1.0', 1, 'broken', false],
    ['mixed.bazel-2.1.0', 1, 'broken', false],
    ['nokeeptests.bazel-2.1.0', 3, 'failed', false],
    ['nokeeptests.bazel-4.2.3', 3, 'failed', false],
    ['notests.bazel-4.2.3', 4, 'no-tests', false],
    ['pass.bazel-2.1.0', 0, 'passed', false],
    ['pass.bazel-4.2.3', 0, 'passed', false],
    ['querycommand.bazel-4.2.3', 0, 'no-tests', false],
    ['runs.bazel-2.1.0', 0, 'passed', false],
    ['runsdiffer.bazel-4.2.3', 3, 'failed', false],
    ['runsflaky.bazel-4.2.3', 0, 'passed', false],
    ['serverkilled.bazel-4.2.3', 37, 'infrastructure', true],
    ['sharded.bazel-4.2.3', 3, 'failed', false],
    ['shardflaky.bazel-2.1.0', 0, 'passed', false],
    ['shardmix.bazel-2.1.0', 3, 'failed', false],
    ['shardmix.bazel-4.2.3', 3, 'failed', false],
    ['sizefilter.bazel-4.2.3', 0, 'passed', false],
    ['suite.bazel-4.2.3', 0, 'passed', false],
    ['syntaxerror.bazel-2.1.0', 1, 'broken', false],
    ['syntaxerror.bazel-4.2.3', 1, 'broken', false],
    ['syntaxstop.bazel-4.2.3', 1, 'broken', false],
    ['threefails.bazel-2.1.0', 3, 'failed', false],
    ['timeout.bazel-4.2.3', 3, 'failed', false],
    ['unknownonly.bazel-2.1.0', 1, 'broken', false],
    ['unknowntarget.bazel-2.1.0', 1, 'broken', false],
    ['uptodate.bazel-2.1.0', 3, 'failed', false],
    ['uptodate.bazel-4.2.3', 1, 'broken', false],
  ] as const)('says of %s with exit code %i that it %s', async (name, exitCode, verdict, retry) => {
    const told = await explained(name, '--exit-code', String(exitCode));
    expect(told).toMatchObject({ verdict, retry });
    expect(told.reason).toContain(`(assumed: a complete result with exit code ${exitCode}`);

    // Where the events tell it themselves, the exit code need not be given.
    if (read(recording(name)).exitCode !== null) expect((await explained(name)).verdict).toBe(verdict);
  });

  it('knows every recording', () => {
    expect(recordings).toHaveLength(45);
  });

  it('lists the tests by Bazel’s own names of their status', async () => {
    const { targets, counts } = await explained('mixed.bazel-2.1.0');
    expect(targets.map(({ label, status }) => [label, status])).toEqual([
      ['//broken:crash_test', 'FAILED'],
      ['//broken:fail_test', 'FAILED'],
      ['//broken:nobuild_test', 'FAILED_TO_BUILD'],
      ['//lib/text:text_test', 'PASSED'],
    ]);
    expect(counts).toMatchObject({ tests: 4, passed: 1, failed: 2, failedToBuild: 1 });
  });

  it('never says passed of events that break off, or that another exit code contradicts', async () => {
    const whole = recording('pass.bazel-4.2.3');
    const cut = whole.slice(0, whole.length - 20);
    expect((await explainedText(cut, '--exit-code', '0')).verdict).toBe('infrastructure');
    expect((await explainedText(cut)).verdict).toBe('infrastructure');
    for (const exitCode of [1, 2, 3, 4, 8, 37, 143]) {
      expect((await explained('pass.bazel-4.2.3', '--exit-code', String(exitCode))).verdict).not.toBe('passed');
    }
    for (const name of recordings) {
      const { exitCode } = read(recording(name));
      if (exitCode !== 0) expect((await explained(name, '--exit-code', '0')).verdict, name).not.toBe('passed');
    }
  });

  it('says that events without an end and without an exit code prove nothing', async () => {
    const told = await explained('serverkilled.bazel-4.2.3');
    expect(told).toMatchObject({ verdict: 'infrastructure', fault: 'infrastructure', retry: true });
    expect(told.reason).toContain('no exit code');
  });

  it('takes the attempt’s own result, and then assumes nothing', async () => {
    await write('result.json', JSON.stringify(aResult()));
    expect(await explained('pass.bazel-4.2.3', '--result', 'result.json')).toMatchObject({
      verdict: 'passed',
      reason: 'All 7 tests passed',
    });

    await write('cut.json', JSON.stringify(aResult({ events: { complete: false, exitCode: null } })));
    expect((await explained('pass.bazel-4.2.3', '--result', 'cut.json')).verdict).toBe('infrastructure');
    expect((await explained('serverkilled.bazel-4.2.3', '--result', 'result.json')).verdict).toBe('infrastructure');
    expect((await explained('pass.bazel-4.2.3', '--result', 'result.json', '--exit-code', '143')).verdict).toBe(
      'infrastructure',
    );
  });
});
