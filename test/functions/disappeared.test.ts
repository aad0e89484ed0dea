import { describe, expect, it } from 'vitest';
import { askedOf } from '../../shared/history/test-set.ts';
import { targetsName } from '../../shared/attempt/layout.ts';
import { useFirestore } from '../support/firestore.ts';
import { sampleRunId } from '../support/sample-run.ts';
import { target } from './dashboard/made-runs.ts';
import { a, b, createRunsOfTests } from './runs-of-tests.ts';

const firestore = useFirestore();
const setUp = () => createRunsOfTests(firestore.fresh().documents);

describe('tests that disappeared', () => {
  it('are told of a run that passes, and turn nothing red', async () => {
    const here = setUp();
    await here.register('42', 1);
    expect((await here.finish(1, { targets: [a('PASSED'), b('PASSED')] }))?.disappeared).toBeUndefined();
    const outcome = await here.finish(2, { targets: [a('PASSED', { cached: true })] });
    expect(outcome).toMatchObject({
      verdict: 'passed',
      disappeared: { since: sampleRunId(1), otherTargets: false, count: 1, labels: ['//b:b_test'] },
    });
    // The set is the new one from then on.
    expect((await here.finish(3, { targets: [a('PASSED', { cached: true })] }))?.disappeared).toMatchObject({
      since: sampleRunId(2),
      count: 0,
    });
  });

  it('are none where a package does not load: nobody knows which would be there', async () => {
    const here = setUp();
    await here.register('42', 1);
    await here.finish(1, { targets: [a('PASSED'), b('PASSED')] });
    const outcome = await here.finish(2, { targets: [a('PASSED', { cached: true })], exitCode: 1 });
    expect(outcome).toMatchObject({
      verdict: 'broken',
      code: 'build-failed',
      reason:
        'Does not build: Bazel ended with exit code 1, though 1 test passed; perhaps a package does not load: nothing is told of //b:b_test',
    });
    expect(outcome?.disappeared).toBeUndefined();
    // A commit that does not load is nothing to be compared with.
    expect((await here.finish(3, { targets: [a('PASSED', { cached: true })] }))?.disappeared).toMatchObject({
      since: sampleRunId(1),
      count: 1,
    });
    expect((await here.finish(4, { targets: [a('PASSED'), b('PASSED')] }))?.disappeared).toMatchObject({ count: 0 });
  });

  it('are named where none is left', async () => {
    const here = setUp();
    await here.register('42', 1);
    await here.finish(1, { targets: [a('PASSED'), b('PASSED')] });
    const outcome = await here.finish(2, { targets: [], exitCode: 4 });
    expect(outcome).toMatchObject({
      verdict: 'no-tests',
      code: 'tests-disappeared',
      reason: 'No tests found: the tests of this branch disappeared: //a:a_test, //b:b_test',
    });
  });

  it('are looked for on the default branch, for a branch that is new', async () => {
    const here = setUp();
    await here.register('42', 1);
    await here.finish(1, { targets: [a('PASSED'), b('PASSED')] });
    const mine = { ref: 'refs/heads/mine' };
    expect((await here.finish(2, { targets: [a('PASSED')] }, mine))?.disappeared).toMatchObject({
      since: sampleRunId(1),
      count: 1,
    });
    expect((await here.finish(3, { targets: [a('PASSED')] }, mine))?.disappeared).toMatchObject({
      since: sampleRunId(2),
      count: 0,
    });
  });

  it('are not looked for where other targets were asked for', async () => {
    const here = setUp();
    await here.register('42', 1);
    await here.finish(1, { targets: [a('PASSED'), b('PASSED')] });
    const asked = askedOf({ targets: ['//a/...'], flags: [] });
    expect((await here.finish(2, { targets: [a('PASSED')], result: { asked } }))?.disappeared).toMatchObject({
      since: sampleRunId(1),
      otherTargets: true,
      count: 0,
    });
  });

  it('are not looked for in a run that came later', async () => {
    const here = setUp();
    await here.register('42', 2);
    await here.push(1, { ref: 'refs/heads/other' });
    await here.push(2);
    await here.leave(2, { targets: [a('PASSED'), b('PASSED')] });
    await here.look(2);
    await here.leave(1, { targets: [a('PASSED')] });
    expect((await here.look(1))?.disappeared).toBeUndefined();
  });

  it('are as many as there are, of which the first twenty are kept', async () => {
    const here = setUp();
    await here.register('42', 1);
    const many = Array.from({ length: 30 }, (_, index) => target(`//m:t${index}_test`, 'PASSED'));
    await here.finish(1, { targets: [a('PASSED'), ...many] });
    const outcome = await here.finish(2, { targets: [a('PASSED')] });
    expect(outcome?.disappeared?.count).toBe(30);
    expect(outcome?.disappeared?.labels).toHaveLength(20);
  });

  it('are not known once the earlier run’s list is gone', async () => {
    const here = setUp();
    await here.register('42', 1);
    await here.finish(1, { targets: [a('PASSED'), b('PASSED')] });
    here.objects.put(targetsName({ runId: sampleRunId(1), attempt: 1 }), 'gone');
    const outcome = await here.finish(2, { targets: [a('PASSED')] });
    expect(outcome?.verdict).toBe('passed');
    expect(outcome?.disappeared).toBeUndefined();
  });
});
