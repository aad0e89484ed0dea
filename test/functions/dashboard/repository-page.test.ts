import { describe, expect, it } from 'vitest';
import type { Run } from '../../../shared/run/run.ts';
import { sampleRun, sampleRunId } from '../../support/sample-run.ts';
import { at, finishedRun, outcome } from './made-runs.ts';
import { page, words } from './reading.ts';
import { addScenes, createScenes } from './scenes.ts';
import { createWorld, shop } from './dashboard-rig.ts';

describe('the page of a repository', () => {
  it('says first how its default branch stands and since when', async () => {
    const { world } = await createScenes();
    expect(words(await page(world, '/mira/shop'))).toContain('main is red since Add retry to fetcher , 4 min ago');
  });

  it('shows one branch when asked', async () => {
    const { world } = await createScenes();
    const text = words(await page(world, '/mira/shop?branch=split-parser'));
    expect(text).toContain('Runs of split-parser');
    expect(text).toContain('Split parser into two targets');
    expect(text).not.toContain('Sort imports');
  });

  it('shows runs by what they have in common, which stands in the address, also of the next page', async () => {
    const world = await createWorld();
    const runs = Array.from({ length: 40 }, (_, index) =>
      finishedRun(index, {
        createdAt: at(index),
        ref: `refs/heads/${index % 5 === 4 ? 'side' : 'main'}`,
        outcome: outcome({ verdict: index % 2 === 0 ? 'failed' : 'passed' }),
        commit: { subject: `Change ${index}`, author: index === 39 ? 'other' : 'mira', committedAt: null },
      }),
    );
    for (const run of runs) await world.addRun(run);
    const shown = async (address: string) => {
      const html = await page(world, address.replaceAll('&amp;', '&'));
      const ids = [...html.matchAll(/class="subject" href="\/runs\/([a-z0-9]{26})"/g)].map(([, id]) => id);
      return { html, ids, next: /href="(\/mira\/shop\?[^"]*before=[^"]+)"/.exec(html)?.[1] ?? null };
    };
    const ids = (of: (run: Run) => boolean) =>
      runs
        .filter(of)
        .map(({ id }) => id)
        .toReversed();

    expect((await shown('/mira/shop?verdict=failed')).ids).toEqual(ids(({ outcome: of }) => of?.verdict === 'failed'));
    expect((await shown('/mira/shop?verdict=passed&author=other&branch=side')).ids).toEqual([runs[39]?.id]);
    const first = await shown('/mira/shop?author=mira&verdict=&branch=');
    const second = await shown(first.next ?? '');
    expect([...first.ids, ...second.ids]).toEqual(ids(({ commit }) => commit?.author === 'mira'));
    expect(second).toMatchObject({ next: null });
    const { html } = await shown('/mira/shop?verdict=timed-out&author=mi%22ra');
    expect(words(html)).toContain('No run is like that. ');
    expect(html).toContain('<option value="timed-out" selected');
    expect(html).toContain('value="mi&quot;ra"');
    expect((await shown('/mira/shop?verdict=none')).ids).toHaveLength(30);
  });

  it('leads to older runs', async () => {
    const world = await createWorld();
    for (let index = 0; index < 35; index += 1) {
      await world.addRun(sampleRun({ id: sampleRunId(index), createdAt: at(index) }));
    }
    const html = await page(world, '/mira/shop');
    const older = /href="(\/mira\/shop\?before=[^"]+)"/.exec(html)?.[1] ?? '';
    expect(html).toContain(sampleRunId(5));
    expect(html).not.toContain(sampleRunId(4));
    expect(await page(world, older.replaceAll('&amp;', '&'))).toContain(sampleRunId(4));
  });

  it('starts a branch by a form and leads to its run', async () => {
    const world = await createWorld();
    const post = async (ref: string): Promise<Response> =>
      await world.app.request('/mira/shop/runs', {
        method: 'POST',
        headers: {
          cookie: world.cookieOf('writer'),
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams({ ref }).toString(),
      });
    expect((await post('main')).headers.get('location')).toMatch(/^\/runs\/[a-z2-7]{26}$/);
    const refused = await post('gone');
    expect(refused.status).toBe(422);
    expect(words(await refused.text())).toContain('mira/shop has no branch &quot;gone&quot; on GitHub');
  });

  it('starts one run by a form that is sent twice, and another one by another form', async () => {
    const world = await createWorld();
    const scenes = await addScenes(world);
    const click = async (address: string) =>
      /name="click" value="([0-9a-f]{32})"/.exec(await page(world, address, 'writer'))?.[1] ?? '';
    const send = async (to: string, fields: Record<string, string>) => {
      const answer = await world.app.request(to, {
        method: 'POST',
        headers: {
          cookie: world.cookieOf('writer'),
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams(fields).toString(),
      });
      return answer.headers.get('location');
    };
    const form = { ref: 'main', click: await click('/mira/shop') };
    expect(await send('/mira/shop/runs', form)).toBe(await send('/mira/shop/runs', form));
    expect(await click('/mira/shop')).not.toBe(form.click);
    const address = `/runs/${scenes['failed']?.id ?? ''}`;
    const again = { click: await click(address) };
    expect(await send(`${address}/rerun`, again)).toBe(await send(`${address}/rerun`, again));
    expect(await send(`${address}/rerun`, { click: 'none' })).not.toBe(await send(`${address}/rerun`, again));
  });

  it('without a run, and without being set up, says what to type', async () => {
    const world = await createWorld();
    expect(words(await page(world, '/mira/shop'))).toContain('git push origin main');
    const bare = await createWorld({ repositories: [{ ...shop }] });
    expect(words(await page(bare, '/mira/shop', 'admin'))).toContain('yb setup-repo mira/shop');
    expect(words(await page(bare, '/mira/shop', 'reader'))).toContain('An administrator of it types this');
  });
});
