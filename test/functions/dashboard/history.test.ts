import { describe, expect, it } from 'vitest';
import { RunDetails } from '../../../shared/api/schemas.ts';
import { pastRun } from '../../../shared/history/history.ts';
import type { Disappeared, Run } from '../../../shared/run/run.ts';
import { sampleRunId } from '../../support/sample-run.ts';
import { addHistory, earlierRun } from './histories.ts';
import { archive, at, counts, failedTarget, finishedRun, outcome, target } from './made-runs.ts';
import { page, words } from './reading.ts';
import { createWorld, type World } from './dashboard-rig.ts';

const label = '//a:a_test';

/** A run of a branch in which the test failed, or was flaky, after what its history says. */
async function runWith(
  letters: string,
  options: { readonly status?: 'FAILED' | 'FLAKY'; readonly ref?: string; readonly attempts?: number } = {},
): Promise<{ readonly world: World; readonly run: Run }> {
  const { status = 'FAILED', ref = 'refs/heads/main', attempts = status === 'FLAKY' ? 2 : 1 } = options;
  const world = await createWorld();
  const failed = status === 'FAILED' ? [{ label, status }] : [];
  const run = finishedRun(7, { ref, outcome: outcome({ verdict: status === 'FAILED' ? 'failed' : 'passed', failed }) });
  await world.addRun(archive(world, run, { log: 'x\n', targets: [failedTarget(label, 1, { status, attempts })] }));
  const own = pastRun(run, 'refs/heads/main');
  await addHistory(world, { [label]: `${letters}${status === 'FLAKY' ? 'L' : 'F'}` }, { ref, last: own });
  return { world, run };
}

async function pageOf({ world, run }: { readonly world: World; readonly run: Run }): Promise<string> {
  return words(await page(world, `/runs/${run.id}`));
}

describe('a failure on the page of a run', () => {
  it('of a test that is known to be flaky is a failure, and says both', async () => {
    const text = await pageOf(await runWith('PPLPPLPPLP', { attempts: 3 }));
    expect(text).toContain('1 test failed');
    expect(text).toContain('What failed');
    expect(text).toContain('known to be flaky: 3 of the last 10, but now it failed in all 3 attempts');
    expect(text).not.toContain('flaky test');
  });

  it('of a test that never was flaky says nothing of that', async () => {
    expect(await pageOf(await runWith('PPPPFP'))).not.toContain('flaky');
  });

  it.each([
    ['PPPP', 'failed first in this run', null],
    ['PPFF', 'first failed in the run of 16 h ago', 3],
    ['FFFF', 'first failed in the run of 17 h ago or earlier', 1],
    ['', null, null],
  ])('after %s says since when', async (letters, said, first) => {
    const made = await runWith(letters);
    const html = await page(made.world, `/runs/${made.run.id}`);
    if (said === null) expect(words(html)).not.toMatch(/failed first|first failed/);
    else expect(words(html)).toContain(said);
    if (first !== null) expect(html).toContain(`href="/runs/${earlierRun(first).id}"`);
  });

  it('knows only what was before it, however much came after', async () => {
    const made = await runWith('PPPPPP');
    const later = { ...earlierRun(1), id: sampleRunId(2000), at: at(60) };
    await addHistory(made.world, { [label]: 'L' }, { last: later });
    expect(await pageOf(made)).not.toContain('known to be flaky');
  });

  describe('of another branch says how the default branch is', () => {
    const mine = 'refs/heads/mine';
    const pageAfter = async (letters: string, main: Run | null): Promise<string> => {
      const made = await runWith('', { ref: mine });
      if (letters !== '') await addHistory(made.world, { [label]: letters });
      if (main !== null) await made.world.addRun(main);
      return await pageOf(made);
    };
    const failedMain = (of: readonly string[]): Run =>
      finishedRun(3, {
        createdAt: at(-5),
        outcome: outcome({ verdict: 'failed', failed: of.map((one) => ({ label: one, status: 'FAILED' })) }),
      });
    const passedMain = finishedRun(3, { createdAt: at(-5), outcome: outcome({ verdict: 'passed' }) });

    it('by its history', async () => {
      expect(await pageAfter('PPF', null)).toContain('also fails on main');
      expect(await pageAfter('FFP', null)).toContain('passes on main');
    });

    it('also where its last run failed in more tests than it names', async () => {
      expect(await pageAfter('PF', failedMain(['//b:b_test']))).toContain('also fails on main');
      expect(await pageAfter('FP', failedMain(['//b:b_test']))).toContain('passes on main');
    });

    it('by its last run first: what passes from a cache is in no history', async () => {
      expect(await pageAfter('PF', passedMain)).toContain('passes on main');
      expect(await pageAfter('FP', failedMain([label]))).toContain('also fails on main');
    });

    it('and nothing of a test that it does not have', async () => {
      const text = await pageAfter('', passedMain);
      expect(text).not.toContain('passes on main');
      expect(text).not.toContain('also fails on main');
    });

    it('and not of the default branch itself', async () => {
      expect(await pageOf(await runWith('PP'))).not.toContain('on main first');
      expect(await pageOf(await runWith('FF'))).not.toContain('also fails on main');
    });
  });
});

describe('a flaky test on the page of a run', () => {
  it('that always was is told with its rate', async () => {
    const text = await pageOf(await runWith('LPPLPPPPP', { status: 'FLAKY' }));
    expect(text).toContain('1 flaky test');
    expect(text).toContain('2 attempts · flaky in 3 of the last 10 (30 %)');
    expect(text).not.toContain('Flaky lately');
  });

  it('that never was is told as one that begins', async () => {
    const text = await pageOf(await runWith('PPPPPPPPP', { status: 'FLAKY' }));
    expect(text).toMatch(/Flaky lately .*flaky in 1 of the last 10 \(10 %\) · never before/);
  });

  it('that began a few runs ago leads to the first one', async () => {
    const made = await runWith('PPPPPPLPP', { status: 'FLAKY' });
    expect(await pageOf(made)).toMatch(/Flaky lately .* · since the run of/);
    expect(await page(made.world, `/runs/${made.run.id}`)).toContain(`href="/runs/${earlierRun(7).id}"`);
  });

  it('of a fork is counted with the trusted runs, which do not have it', async () => {
    const world = await createWorld();
    const run = finishedRun(7, { ref: 'refs/pull/3/head', trust: 'fork', outcome: outcome({ verdict: 'passed' }) });
    await world.addRun(archive(world, run, { log: 'x\n', targets: [target(label, 'FLAKY', { attempts: 2 })] }));
    await addHistory(world, { [label]: 'PPPPPP' });
    expect(await pageOf({ world, run })).toContain('flaky in 1 of the last 7 (14 %) · never before');
  });
});

describe('what a change affected', () => {
  it('is said in one line', async () => {
    const world = await createWorld();
    const told = counts({ targets: 9000, tests: 2000, passed: 2000, executed: 3, cached: 1997 });
    const run = finishedRun(7, { outcome: outcome({ verdict: 'passed', counts: told }) });
    await world.addRun(archive(world, run, { log: 'x\n' }));
    expect(await pageOf({ world, run })).toContain('3 of 2,000 tests executed, 1,997 cached');
  });
});

describe('tests that disappeared', () => {
  const withDisappeared = async (disappeared?: Disappeared): Promise<{ readonly world: World; readonly run: Run }> => {
    const world = await createWorld();
    const run = finishedRun(7, {
      outcome: outcome({ verdict: 'passed', ...(disappeared === undefined ? {} : { disappeared }) }),
    });
    await world.addRun(archive(world, run, { log: 'x\n', targets: [target(label, 'PASSED')] }));
    return { world, run };
  };
  const some: Disappeared = { since: sampleRunId(3), otherTargets: false, count: 22, labels: ['//b:b_test'] };

  it('are named on the page of a run that passed, in a quiet line', async () => {
    const made = await withDisappeared(some);
    const text = await pageOf(made);
    expect(text).toContain('22 tests disappeared');
    expect(text).toContain('And 21 more.');
    const html = await page(made.world, `/runs/${made.run.id}`);
    expect(html).toContain(`href="/runs/${sampleRunId(3)}"`);
    expect(html).toContain('href="/mira/shop/targets?label=%2F%2Fb%3Ab_test"');
    expect(html).not.toContain('state bad');
  });

  it('are not looked for where other targets were asked for, and the page says so', async () => {
    const text = await pageOf(await withDisappeared({ ...some, otherTargets: true, count: 0, labels: [] }));
    expect(text).toContain('Other targets or flags were asked for than in the run before');
  });

  it('are no line where there are none, or nobody knows', async () => {
    expect(await pageOf(await withDisappeared({ ...some, count: 0, labels: [] }))).not.toContain('disappeared');
    expect(await pageOf(await withDisappeared())).not.toContain('disappeared');
  });

  it('are told by the API', async () => {
    const ask = async (disappeared?: Disappeared): Promise<RunDetails['disappeared']> => {
      const { world, run } = await withDisappeared(disappeared);
      const response = await world.api(`/api/v1/runs/${run.id}`, { token: 'reader' });
      return RunDetails.strict().parse(await response.json()).disappeared;
    };
    expect(await ask(some)).toEqual(some);
    expect(await ask()).toBeNull();
  });
});
