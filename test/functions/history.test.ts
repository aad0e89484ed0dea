import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { countTargets } from '../../shared/bazel/counts.ts';
import { flakinessOf } from '../../shared/history/flakiness.ts';
import { historyLimits } from '../../shared/history/history.ts';
import { targetsName } from '../../shared/attempt/layout.ts';
import type { RunResult } from '../../shared/attempt/result.ts';
import { historyPath, readAllHistories, readHistories } from '../../shared/store/history.ts';
import { useFirestore } from '../support/firestore.ts';
import { sampleRunId, sampleSha } from '../support/sample-run.ts';
import { target } from './dashboard/made-runs.ts';
import { a, b, createRunsOfTests, type End } from './runs-of-tests.ts';

const firestore = useFirestore();
const setUp = () => createRunsOfTests(firestore.fresh().documents);

describe('the history of a repository', () => {
  it('is written with each run that is settled, of the tests that it executed', async () => {
    const here = setUp();
    await here.register('42', 2);
    await here.finish(1, { targets: [a('PASSED'), b('PASSED')] });
    await here.finish(2, { targets: [a('FLAKY', { attempts: 2, durationMs: 990 }), b('PASSED', { cached: true })] });
    await here.finish(3, { targets: [a('FAILED', { attempts: 3 }), b('PASSED', { cached: true })] });
    expect(await here.historyOf('//a:a_test')).toEqual(['PASSED', 'FLAKY', 'FAILED']);
    expect(await here.historyOf('//b:b_test')).toEqual(['PASSED']);
    const [, second] = (await readAllHistories(here.documents, '42')).get('//a:a_test') ?? [];
    expect(second).toMatchObject({
      attempts: 2,
      durationMs: 990,
      run: { id: sampleRunId(2), attempt: 1, onDefaultBranch: true },
    });
  });

  it('has a run once, whoever looks at it again', async () => {
    const here = setUp();
    await here.register('42', 2);
    await here.finish(1, { targets: [a('PASSED')] });
    await here.look(1);
    await here.lookAtOnce([1, 1]);
    expect(await here.historyOf('//a:a_test')).toEqual(['PASSED']);
  });

  it('has both of two runs that end at once, also the very first ones', async () => {
    const here = setUp();
    await here.register('42', 8);
    const numbers = [1, 2, 3, 4];
    for (const number of numbers) await here.push(number, { ref: `refs/heads/b${number}` });
    for (const number of numbers) await here.leave(number, { targets: [a('PASSED'), b('FLAKY', { attempts: 2 })] });
    await here.lookAtOnce(numbers);
    for (const number of numbers) {
      expect(await here.run(sampleRunId(number))).toMatchObject({ state: 'finished', outcome: { verdict: 'passed' } });
    }
    expect(await here.historyOf('//a:a_test')).toHaveLength(4);
    expect(await here.historyOf('//b:b_test')).toHaveLength(4);
    expect((await here.volumes('42')).every(({ state }) => state === 'free')).toBe(true);
  });

  it('has a regression of a test that is known to be flaky as what it is: a failure', async () => {
    const here = setUp();
    await here.register('42', 2);
    for (const number of [1, 2, 3]) await here.finish(number, { targets: [a('FLAKY', { attempts: 2 })] });
    const outcome = await here.finish(4, { targets: [a('FAILED', { attempts: 3 })] });
    expect(outcome).toMatchObject({ verdict: 'failed', code: 'tests-failed', fault: 'author' });
    const results = (await readHistories(here.documents, '42', ['//a:a_test'])).get('//a:a_test') ?? [];
    expect(results[0]?.status).toBe('FAILED');
    expect(flakinessOf(results)).toMatchObject({ flaky: 3, of: 4 });
  });

  it('knows that a test passes again, also from a cache', async () => {
    const here = setUp();
    await here.register('42', 2);
    await here.finish(1, { targets: [a('FAILED')] });
    await here.finish(2, { targets: [a('PASSED', { cached: true })] });
    await here.finish(3, { targets: [a('PASSED', { cached: true })] });
    expect(await here.historyOf('//a:a_test')).toEqual(['FAILED', 'PASSED']);
  });

  it.each<[string, End]>([
    ['a list that has nothing in it', { targets: [] }],
    ['events that break off', { targets: [b('FAILED')], result: { events: { complete: false, exitCode: null } } }],
    ['another epoch’s result', { targets: [b('FAILED')], result: { epoch: 77 } }],
    ['a process that was killed for memory', { targets: [b('FAILED')], result: { oomKills: 1 } }],
    ['a log beyond its limit', { targets: [b('FLAKY')], result: { logTooLarge: true } }],
    ['a list that is not the one that was counted', { targets: [b('FAILED')], result: { counts: countsOf(7) } }],
    ['an exit code that nobody knows', { targets: [b('FLAKY')], exitCode: 77 }],
  ])('is not changed by an attempt with %s', async (_, end) => {
    const here = setUp();
    await here.register('42', 2);
    await here.finish(1, { targets: [a('PASSED'), b('PASSED')] });
    await here.finish(2, end);
    expect(await here.historyOf('//b:b_test')).toEqual(['PASSED']);
  });

  it.each([
    ['no JSON', '{"v":1,'],
    ['another version', '{"v":2,"targets":[],"failures":[]}'],
    ['a label that is none', '{"v":1,"targets":[{"label":7}],"failures":[]}'],
  ])('is not changed by a list that is %s, and the run has its verdict', async (_, text) => {
    const here = setUp();
    await here.register('42', 2);
    await here.push(1);
    const run = await here.leave(1, { targets: [a('PASSED')] });
    here.objects.put(targetsName({ runId: run.id, attempt: 1 }), text);
    expect(await here.look(1)).toMatchObject({ verdict: 'passed' });
    expect([...(await readAllHistories(here.documents, '42')).keys()]).toEqual([]);
  });

  it('has of an attempt that is tried again only the one that counts', async () => {
    const here = setUp();
    await here.register('42', 2);
    await here.push(1);
    const first = await here.leave(1, { targets: [a('FAILED')], result: { oomKills: 1 } });
    expect(await here.look(1)).toBeNull();
    expect(first.attempt).toBe(1);
    await here.leave(1, { targets: [a('PASSED')] });
    await here.look(1);
    const results = (await readHistories(here.documents, '42', ['//a:a_test'])).get('//a:a_test') ?? [];
    expect(results).toMatchObject([{ status: 'PASSED', run: { attempt: 2 } }]);
  });

  it('has nothing of a run whose last attempt proves nothing, however complete its list is', async () => {
    const here = setUp();
    await here.register('42', 2);
    await here.push(1);
    for (const _ of ['first', 'second']) {
      await here.leave(1, { targets: [a('FAILED')], result: { oomKills: 1 } });
      await here.look(1);
    }
    expect(await here.run(sampleRunId(1))).toMatchObject({ attempt: 2, outcome: { code: 'out-of-memory' } });
    expect(await here.historyOf('//a:a_test')).toEqual([]);
  });

  it('of trusted runs is not changed by a fork’s, nor is it what they are compared with', async () => {
    const here = setUp();
    await here.register('42', 2);
    await here.finish(1, { targets: [a('PASSED'), b('PASSED')] });
    const fork = { ref: 'refs/pull/7/head' } as const;
    here.github.pulls.set(7, [sampleSha(2)]);
    const outcome = await here.finish(2, { targets: [a('FAILED')] }, fork);
    expect(outcome).toMatchObject({ verdict: 'failed', disappeared: { since: sampleRunId(1), count: 1 } });
    expect(await here.historyOf('//a:a_test')).toEqual(['PASSED']);
    const next = await here.finish(3, { targets: [a('PASSED')] });
    expect(next?.disappeared).toMatchObject({ since: sampleRunId(1), labels: ['//b:b_test'] });
  });

  it('costs documents by its shards, whatever the number of tests', async () => {
    const here = setUp();
    await here.register('42', 1);
    /** What looking at a run costs, by the line about it. */
    const cost = async (number: number) => {
      await here.handle({ v: 1, type: 'run.changed', runId: sampleRunId(number) });
      return z.object({ reads: z.number(), writes: z.number() }).parse(here.lines.lines().at(-1));
    };
    const targets = Array.from({ length: 2000 }, (_, index) => target(`//p${index}:t_test`, 'PASSED'));
    await here.finish(1, { targets });
    await here.push(2);
    await here.leave(2, { targets });
    const all = await cost(2);
    expect((await readAllHistories(here.documents, '42')).size).toBe(2000);
    // The run, its volume, its status: a handful beside the shards.
    expect(all.writes).toBeLessThanOrEqual(historyLimits.shards + 6);
    expect(all.reads).toBeLessThanOrEqual(historyLimits.shards + 10);

    await here.drain();
    await here.push(3);
    await here.leave(3, { targets: targets.map((one, index) => ({ ...one, cached: index > 0 })) });
    const one = await cost(3);
    expect(one.writes).toBe(all.writes - historyLimits.shards + 1);
  });

  it('is begun anew where it cannot be read: no run waits for it', async () => {
    const here = setUp();
    await here.register('42', 1);
    const paths = Array.from({ length: historyLimits.shards }, (_, shard) => historyPath('42', shard));
    await here.documents.commit(paths.map((path) => ({ type: 'create', path, fields: { packed: 'x' } })));
    expect(await here.finish(1, { targets: [a('PASSED')] })).toMatchObject({ verdict: 'passed' });
    expect(await here.historyOf('//a:a_test')).toEqual(['PASSED']);
  });
});

function countsOf(tests: number): RunResult['counts'] {
  return countTargets({ tests: Array.from({ length: tests }, () => b('FAILED')), targets: tests });
}
