import { describe, expect, it } from 'vitest';
import { TargetHistoryView, TargetListView } from '../../../shared/api/target-schemas.ts';
import { targetsName } from '../../../shared/attempt/layout.ts';
import { addHistory, earlierRun } from './histories.ts';
import { archive, failedTarget, finishedRun, outcome } from './made-runs.ts';
import { page, words } from './reading.ts';
import { createWorld, dashboardUrl } from './dashboard-rig.ts';

const label = '//a:a_test';

describe('the page of a test', () => {
  const address = (of: string): string => `/mira/shop/targets?label=${encodeURIComponent(of)}`;

  it('has its last results, each leading to its run, and what is to be known of them', async () => {
    const world = await createWorld();
    await addHistory(world, { [label]: 'PLPPF' });
    const html = await page(world, address(label), 'reader');
    const text = words(html);
    expect(text).toContain('Fails on main');
    expect(text).toContain('Flaky in 1 of the last 5 results (20 %)');
    expect(text).toContain('usually takes 0.7 s');
    for (const number of [1, 2, 3, 4, 5]) expect(html).toContain(`href="/runs/${earlierRun(number).id}"`);
    // Oldest first as marks, newest first as a table.
    expect(text).toMatch(/Passed after 0\.6 s.*Flaky in 2 attempts after 0\.6 s.*Failed after 0\.8 s/);
    expect(text).toMatch(/Failed 16 h ago main 0\.8 s Passed 16 h ago main 0\.7 s/);
    expect(html).not.toMatch(/ style=| on[a-z]+=|<script(?![^>]* src=)/);
  });

  it('leads to no run that is no longer kept', async () => {
    const world = await createWorld();
    await addHistory(world, { [label]: 'PF' });
    world.clock.advance(100 * 86_400_000);
    const html = await page(world, address(label));
    expect(words(html)).toContain('Failed after');
    expect(html).not.toContain('href="/runs/');
  });

  it('shows what was left of the newest failures', async () => {
    const world = await createWorld();
    const run = finishedRun(1003, { createdAt: earlierRun(3).at, outcome: outcome({ verdict: 'failed' }) });
    await world.addRun(
      archive(world, run, {
        log: 'x\n',
        targets: [failedTarget(label, 4)],
        tests: { 4: { log: 'why it failed <b>', xml: '<testcase name="case"><failure message="no"/></testcase>' } },
      }),
    );
    await addHistory(world, { [label]: 'PPF' });
    const html = await page(world, address(label));
    expect(html).toContain('why it failed &lt;b&gt;');
    expect(html).toContain(`href="/runs/${run.id}/attempts/1/tests/4/log"`);
    const view = TargetHistoryView.parse(
      await (await world.api(`/api/v1/repos${address(label)}`, { token: 'reader' })).json(),
    );
    expect(view.failures).toEqual([
      {
        run: run.id,
        url: `${dashboardUrl}/runs/${run.id}`,
        status: 'FAILED',
        cases: [{ name: 'case', message: 'no' }],
        lines: ['why it failed <b>'],
      },
    ]);
  });

  it('says so where nothing is known', async () => {
    const world = await createWorld();
    expect(words(await page(world, address('//never:seen_test')))).toContain('Nothing is kept of this test.');
    const view = await (await world.api(`/api/v1/repos${address('//never:seen_test')}`, { token: 'reader' })).json();
    expect(view).toMatchObject({ label: '//never:seen_test', of: 0, flakeRate: 0, results: [], failures: [] });
  });

  it.each(['"><img src=x onerror=alert(1)>', 'a\nb', '\u202e', '//ü:日本', '\ud800'])(
    'takes %j for a label and for text',
    async (evil) => {
      const world = await createWorld();
      await addHistory(world, { [evil]: 'PF' });
      const run = finishedRun(7, { outcome: outcome({ verdict: 'failed' }) });
      await world.addRun(archive(world, run, { log: 'x\n', targets: [failedTarget(evil, 1)] }));
      for (const path of [address(evil.toWellFormed()), '/mira/shop/targets', `/runs/${run.id}`]) {
        const html = await page(world, path);
        expect(html).not.toContain('<img');
      }
    },
  );

  it('is of one repository alone', async () => {
    const world = await createWorld();
    await addHistory(world, { [label]: 'PF' });
    const stranger = await world.api(`/api/v1/repos${address(label)}`, { token: 'stranger' });
    expect(stranger.status).toBe(404);
  });

  it('is refused by the API for what can be no label', async () => {
    const world = await createWorld();
    const long = await world.api(`/api/v1/repos${address('x'.repeat(1025))}`, { token: 'reader' });
    expect(long.status).toBe(400);
  });

  it('bears a list that is not there any more, or none', async () => {
    const world = await createWorld();
    await addHistory(world, { [label]: 'FFF' });
    world.objects.put(targetsName({ runId: earlierRun(3).id, attempt: 1 }), 'no json');
    expect(words(await page(world, address(label)))).toContain('Fails on main');
  });
});

describe('the tests of a repository', () => {
  it('are those that fail on the default branch, and the flaky ones, flakiest first', async () => {
    const world = await createWorld();
    await addHistory(world, { '//a:a': 'PPPL', '//b:b': 'LPPL', '//c:c': 'PPPP', '//d:d': 'PPPF' });
    await addHistory(world, { '//e:e': 'FFFF' }, { ref: 'refs/heads/mine' });
    const html = await page(world, '/mira/shop/targets', 'reader');
    expect(words(html)).toContain('Results of 5 tests are kept.');
    expect(words(html)).toContain('2 of the last 4 50 %');
    expect(html.indexOf('//b:b')).toBeLessThan(html.indexOf('//a:a'));
    expect(html).not.toContain('//c:c');
    const response = await world.api('/api/v1/repos/mira/shop/targets', { token: 'reader' });
    const view = TargetListView.strict().parse(await response.json());
    expect(view.flaky.map(({ label: of, flakeRate }) => [of, flakeRate])).toEqual([
      ['//b:b', 0.5],
      ['//a:a', 0.25],
    ]);
    expect(view.failing.map(({ label: of }) => of)).toEqual(['//d:d']);
  });
});
