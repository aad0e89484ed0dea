import { describe, expect, it } from 'vitest';
import { newHookCheck } from '../../../shared/store/hook-checks.ts';
import { createWorld, type World } from './dashboard-rig.ts';
import { changeDocument } from '../../support/change-document.ts';

const base = '/api/v1/repos/mira/shop';

const keysOf = async (world: World, login: string) => await rowsOf(world, login, 'keys');

async function rowsOf({ app, cookieOf }: World, login: string, section: string): Promise<string[][] | null> {
  const html = await (await app.request('/mira/shop', { headers: { cookie: cookieOf(login) } })).text();
  const [, table] = new RegExp(`<h2 id="${section}-title">.*?<tbody>(.*?)</tbody>`, 's').exec(html) ?? [];
  if (table === undefined) return null;
  const rows = [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) => row);
  return rows.map((row) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => cell.replace(/<[^>]*>/g, '').trim()),
  );
}

describe("a repository's keys", () => {
  it('stand on its page with their age, and how each is renewed', async () => {
    const world = await createWorld();
    const { api, clock } = world;
    const put = async (path: string, body: object) => {
      const answer = await api(`${base}${path}`, { token: 'admin', method: 'PUT', body });
      expect(answer.ok).toBe(true);
    };
    await put('', { hook: { secret: 'a first secret of the hook' } });
    await put('/secrets/API_TOKEN', { value: 'the value of it' });
    clock.advance(3 * 86_400_000);
    await put('', { hook: { secret: 'another secret of the hook' } });
    clock.advance(60_000);
    expect((await keysOf(world, 'admin'))?.map(([what]) => what).slice(0, 2)).toEqual([
      'Secret of the hook',
      'Secret of the hook, which GitHub still uses',
    ]);
    await changeDocument(world.hookDocuments, `hooks/${'a'.repeat(32)}`, { newestSeenAt: clock.now() });

    const rows = await keysOf(world, 'admin');
    expect(rows).toEqual([
      ['Secret of the hook', '1 min ago', 'yb setup-repo mira/shop --rotate-secret'],
      ['Secret of the hook', '3 days ago', 'replaced: is good for an hour after that'],
      expect.arrayContaining([expect.stringMatching(/^Token that was given$|^GitHub App/)]),
      ['Secret API_TOKEN', '3 days ago, by admin', 'yb secret set API_TOKEN'],
    ]);

    // The one before is gone from the page when it has retired.
    clock.advance(3_600_000);
    expect((await keysOf(world, 'admin'))?.map(([what]) => what)).toHaveLength(3);
  });

  it('stand beside what became of its hook', async () => {
    const world = await createWorld();
    await world.documents.commit([newHookCheck('42', world.clock.now())]);
    const lastFailure = { at: new Date(world.clock.now().getTime() - 120_000), statusCode: 0 };
    await changeDocument(world.documents, 'hookChecks/42', { lastFailure });
    expect(await rowsOf(world, 'admin', 'hook')).toEqual([
      ['Secret', 'none is known here'],
      ['Last ping', 'none has come'],
      ['Last delivery', 'GitHub tells of none'],
      ['Last failure', '2 min ago: nothing was answered'],
      ['GitHub was asked', 'not yet; is asked within a minute'],
    ]);
  });

  it('are shown to nobody who does not administer it', async () => {
    const world = await createWorld();
    expect(await keysOf(world, 'admin')).not.toBeNull();
    for (const login of ['reader', 'writer']) {
      expect(await keysOf(world, login)).toBeNull();
      expect(await rowsOf(world, login, 'hook')).toBeNull();
    }
  });
});
