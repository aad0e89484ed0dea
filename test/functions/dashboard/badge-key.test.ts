import { describe, expect, it } from 'vitest';
import { rates } from '../../../functions/dashboard/access/limits.ts';
import { BadgeView } from '../../../shared/api/schemas.ts';
import { markStopped } from '../../../shared/store/stopping.ts';
import { readRepository, repositoryPath } from '../../../shared/store/repositories.ts';
import { changeDocument } from '../../support/change-document.ts';
import { createWorld, dashboardUrl, register, shop } from './dashboard-rig.ts';
import { addScenes } from './scenes.ts';

const path = '/api/v1/repos/mira/shop/badge-key';

async function setUp() {
  const world = await createWorld({ repositories: [{ ...shop }, { ...shop, id: '43', fullName: 'mira/blog' }] });
  await register(world, shop);
  await addScenes(world);
  const make = async () => {
    const answer = await world.api(path, { token: 'admin', method: 'POST' });
    expect(answer.status).toBe(201);
    const view = BadgeView.parse(await answer.json());
    return { badge: view.badge.slice(dashboardUrl.length), feed: view.feed.slice(dashboardUrl.length) };
  };
  const look = async (address: string, headers: Readonly<Record<string, string>> = {}) =>
    await world.app.request(address, { headers });
  const status = async (address: string, headers?: Readonly<Record<string, string>>) =>
    (await look(address, headers)).status;
  return { world, make, look, status };
}

describe('the key of a badge', () => {
  it('shows badge and feed of every branch to who holds it, signed in or not', async () => {
    const { world, make, look, status } = await setUp();
    const { badge, feed } = await make();
    expect(badge).toMatch(/^\/mira\/shop\/badge\.svg\?key=[\w-]{32}$/);
    expect(await (await look(badge)).text()).toContain('aria-label="yb: failed"');
    expect(await (await look(`${badge}&branch=split-parser`)).text()).toContain('aria-label="yb: broken"');
    const entries = await (await look(feed)).text();
    expect(entries).toContain('Add retry to fetcher');
    // What it is read by stands in nothing that it tells.
    expect(entries).not.toContain('key=');
    expect(await status(badge, { cookie: world.cookieOf('stranger') })).toBe(200);
  });

  it('opens nothing else', async () => {
    const { world, make, status } = await setUp();
    const { badge } = await make();
    const [, query = ''] = badge.split('?');
    const run = (await addScenes(await createWorld()))['failed']?.id ?? '';
    for (const page of ['/mira/shop', `/runs/${run}`, `/runs/${run}/log`, '/mira/shop/targets']) {
      expect(await status(`${page}?${query}`), page).toBe(303);
    }
    for (const asked of ['', '/runs', '/settings', '/secrets', '/audit', '/targets']) {
      expect((await world.api(`/api/v1/repos/mira/shop${asked}`)).status, asked).toBe(401);
    }
    expect(await status(`/mira/blog/badge.svg?${query}`)).toBe(404);
  });

  it('is one, and ends when there is another, when it is removed and when the repository is taken out', async () => {
    const { world, make, status } = await setUp();
    const { documents, clock } = world;
    const first = await make();
    const second = await make();
    expect([await status(first.badge), await status(second.badge)]).toEqual([404, 200]);
    for (let click = 0; click < 2; click += 1) {
      expect((await world.api(path, { token: 'admin', method: 'DELETE' })).status).toBe(204);
    }
    expect(await status(second.badge)).toBe(404);

    const third = await make();
    const before = await readRepository(documents, '42');
    if (before === null) throw new Error('it is registered');
    await markStopped({ documents, clock }, before, { by: 'admin', why: 'unregistered' });
    expect(await status(third.badge)).toBe(404);
    // Nor does it come back with a new owner.
    await changeDocument(documents, repositoryPath('42'), { stopped: null });
    expect(await status(third.badge)).toBe(404);
  });

  it('is kept where the repository is registered once more', async () => {
    const { world, make, status } = await setUp();
    const { badge } = await make();
    const again = await world.api('/api/v1/repos/mira/shop', { token: 'admin', method: 'PUT', body: {} });
    expect(again.status).toBe(200);
    expect(await status(badge)).toBe(200);
  });

  it('is not kept itself, and not guessed: one that is none is answered as what is not there, to anybody', async () => {
    const { world, make, look, status } = await setUp();
    const { badge } = await make();
    const [, key = ''] = badge.split('key=');
    const kept = JSON.stringify([...world.documents.all().values()].map(({ data }) => data));
    expect(kept).not.toContain(key);
    expect(JSON.stringify(world.logged)).not.toContain(key);
    const page = async (address: string) => await (await look(address)).text();
    const none = await page('/mira/none/badge.svg?key=x');
    for (const wrong of ['', 'x', key.toLowerCase(), `${key}A`, key.slice(1)]) {
      const address = `/mira/shop/badge.svg?key=${wrong}`;
      expect(await status(address), wrong).toBe(404);
      expect((await page(address)).length, wrong).toBe(none.length);
      // It is no help to who may see the badge without one.
      expect(await status(address, { cookie: world.cookieOf('reader') }), wrong).toBe(404);
    }
    const from = { 'x-forwarded-for': '203.0.113.9' };
    for (let count = 0; count < rates.look.perMinute; count += 1) await look('/mira/shop/badge.svg?key=x', from);
    expect(await status('/mira/shop/badge.svg?key=x', from)).toBe(429);
  });

  it('stands among what opens something of the repository, without itself', async () => {
    const { world, make } = await setUp();
    const { badge } = await make();
    const answer = await world.app.request('/mira/shop', { headers: { cookie: world.cookieOf('admin') } });
    const text = await answer.text();
    expect(text).toContain('Key of badge and feed');
    expect(text).toContain('yb badge --new-key');
    expect(text).not.toContain(badge.split('key=')[1]);
  });
});
