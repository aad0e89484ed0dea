import { describe, expect, it } from 'vitest';
import { MadeToken, TokenList } from '../../../shared/api/self-schemas.ts';
import { createWorld, type World } from './dashboard-rig.ts';

async function make(world: World, body: object, token = 'admin'): Promise<MadeToken> {
  const answer = await world.api('/api/v1/tokens', { token, method: 'POST', body: { name: 'a script', ...body } });
  expect(answer.status).toBe(201);
  return MadeToken.parse(await answer.json());
}

async function listOf(world: World, token = 'admin'): Promise<TokenList['tokens']> {
  return TokenList.parse(await (await world.api('/api/v1/tokens', { token })).json()).tokens;
}

const shop = '/api/v1/repos/mira/shop';

describe('a token of this system', () => {
  it('acts with the right of its person, and never with more than it was made with', async () => {
    const world = await createWorld();
    const { token } = await make(world, { scope: 'run' });
    expect(token).toMatch(/^yb_[\w-]{43}$/);
    expect((await world.api(shop, { token })).status).toBe(200);
    expect((await world.api(`${shop}/runs`, { token, method: 'POST', body: { ref: 'main' } })).status).toBe(201);
    expect((await world.api(`${shop}/settings`, { token })).status).toBe(404);

    const shopRoles = world.github.repositories_[0];
    if (shopRoles === undefined) throw new Error('it is there');
    world.github.repositories_[0] = { ...shopRoles, roles: { admin: 'reader' } };
    world.clock.advance(60_001);
    expect((await world.api(`${shop}/runs`, { token, method: 'POST', body: { ref: 'main' } })).status).toBe(404);
    expect((await world.api(shop, { token })).status).toBe(200);
  });

  it('is shown once, and kept as a hash', async () => {
    const world = await createWorld();
    const { token, id } = await make(world, { scope: 'read' });
    expect(JSON.stringify(await listOf(world))).not.toContain(token);
    const stored = await world.documents.get(world.documents.paths());
    expect(JSON.stringify(stored)).not.toContain(token.slice(3));
    expect(JSON.stringify(world.logged)).not.toContain(token);
    expect(await listOf(world)).toMatchObject([{ id, name: 'a script', scope: 'read', lastUsedAt: null }]);
  });

  it('tells when it was used, to an hour', async () => {
    const world = await createWorld();
    const { token } = await make(world, { scope: 'read' });
    const first = world.clock.now().toISOString();
    await world.api(shop, { token });
    world.clock.advance(59 * 60_000);
    await world.api(shop, { token });
    expect(await listOf(world)).toMatchObject([{ lastUsedAt: first }]);
    world.clock.advance(60_000);
    const second = world.clock.now().toISOString();
    await world.api(shop, { token });
    expect(await listOf(world)).toMatchObject([{ lastUsedAt: second }]);
  });

  it('is refused from the moment in which it is revoked', async () => {
    const world = await createWorld();
    const { token, id } = await make(world, { scope: 'read' });
    expect((await world.api(shop, { token })).status).toBe(200);
    expect((await world.api(`/api/v1/tokens/${id}`, { token: 'reader', method: 'DELETE' })).status).toBe(404);
    expect((await world.api(shop, { token })).status).toBe(200);
    expect((await world.api(`/api/v1/tokens/${id}`, { token: 'admin', method: 'DELETE' })).status).toBe(204);
    expect((await world.api(shop, { token })).status).toBe(401);
  });

  it('ends by itself', async () => {
    const world = await createWorld();
    const { token, expiresAt } = await make(world, { scope: 'read', days: 2 });
    expect(expiresAt).toBe(new Date(world.clock.now().getTime() + 2 * 86_400_000).toISOString());
    world.clock.advance(2 * 86_400_000 - 1);
    expect((await world.api(shop, { token })).status).toBe(200);
    world.clock.advance(1);
    expect((await world.api(shop, { token })).status).toBe(401);
    expect(await listOf(world)).toEqual([]);
  });

  it('reaches the repositories that it was made for, whatever they are called by now', async () => {
    const world = await createWorld();
    const { token } = await make(world, { scope: 'admin', repositories: ['mira/shop'] });
    const [known] = world.github.repositories_;
    if (known === undefined) throw new Error('it is there');
    world.github.repositories_.push({ ...known, id: '77', fullName: 'mira/other', roles: { admin: 'admin' } });
    expect((await world.api('/api/v1/repos/mira/other', { token: 'admin' })).status).toBe(200);
    expect((await world.api('/api/v1/repos/mira/other', { token })).status).toBe(404);
    expect((await world.api(shop, { token })).status).toBe(200);
    const home = await world.app.request('/', { headers: { authorization: `Bearer ${token}` } });
    expect(await home.text()).not.toContain('mira/other');
  });

  it('makes no others, and says nothing of sessions', async () => {
    const world = await createWorld();
    const { token } = await make(world, { scope: 'admin' });
    const body = { name: 'more', scope: 'admin' };
    expect((await world.api('/api/v1/tokens', { token, method: 'POST', body })).status).toBe(404);
    expect((await world.api('/api/v1/sessions', { token })).status).toBe(404);
    expect(await listOf(world)).toHaveLength(1);
  });

  it.each([
    [{ scope: 'everything' }, 400],
    [{ scope: 'read', days: 366 }, 400],
    [{ scope: 'read', days: 0 }, 400],
    [{ scope: 'read', name: ' ' }, 400],
    [{ scope: 'read', name: 'two\nlines' }, 400],
    [{ scope: 'read', repositories: [] }, 400],
    [{ scope: 'read', repositories: ['mira/none'] }, 422],
    [{ scope: 'read', more: 1 }, 400],
  ])('is not made of %j', async (body, status) => {
    const world = await createWorld();
    const answer = await world.api('/api/v1/tokens', { token: 'admin', method: 'POST', body: { name: 'x', ...body } });
    expect(answer.status).toBe(status);
    expect(await listOf(world)).toEqual([]);
  });

  it('is one of fifty at most', async () => {
    const world = await createWorld();
    for (let count = 0; count < 50; count += 1) {
      world.clock.advance(1000);
      await make(world, { scope: 'read' });
    }
    const more = { token: 'admin', method: 'POST', body: { name: 'x', scope: 'read' } };
    world.clock.advance(1000);
    expect((await world.api('/api/v1/tokens', more)).status).toBe(422);
    expect(await listOf(world, 'reader')).toEqual([]);
  });

  it('is in the person’s own trail, not in one of a repository', async () => {
    const world = await createWorld();
    const { id } = await make(world, { scope: 'read' });
    world.clock.advance(1000);
    await world.api(`/api/v1/tokens/${id}`, { token: 'admin', method: 'DELETE' });
    const entries = world.documents.paths().filter((path) => path.includes('/audit/'));
    const [made, revoked] = await world.documents.get(entries);
    expect(entries.every((path) => path.startsWith('people/id-admin/audit/'))).toBe(true);
    expect(made?.data).toMatchObject({ deed: 'token.make', about: 'a script', result: 'done' });
    expect(revoked?.data).toMatchObject({ deed: 'token.revoke', about: id, result: 'done' });
  });
});

describe('the token of a sign-in', () => {
  const body = { name: 'a laptop', refreshToken: 'ghr_1', expiresInSeconds: 28_800 };

  it('is given for what GitHub gave the program, and acts as the person', async () => {
    const world = await createWorld();
    const answer = await world.api('/api/v1/login', { token: 'admin', method: 'POST', body });
    const { token, kind } = MadeToken.parse(await answer.json());
    expect(kind).toBe('login');
    expect((await world.api(`${shop}/settings`, { token })).status).toBe(200);
    await make(world, { scope: 'admin' }, token);
    expect((await world.api('/api/v1/tokens/current', { token, method: 'DELETE' })).status).toBe(204);
    expect((await world.api(shop, { token })).status).toBe(401);
  });

  it('outlasts what GitHub gave, which is refreshed', async () => {
    const world = await createWorld();
    world.github.refreshes.set('ghr_1', 'admin');
    const answer = await world.api('/api/v1/login', { token: 'admin', method: 'POST', body });
    const { token } = MadeToken.parse(await answer.json());
    for (let day = 0; day < 3; day += 1) {
      world.clock.advance(86_400_000);
      expect((await world.api(shop, { token })).status).toBe(200);
    }
    expect([...world.github.refreshes.keys()]).toEqual(['ghr_1+++']);
  });

  it('is given for nothing else', async () => {
    const world = await createWorld();
    const made = MadeToken.parse(
      await (await world.api('/api/v1/login', { token: 'admin', method: 'POST', body })).json(),
    );
    expect((await world.api('/api/v1/login', { token: made.token, method: 'POST', body })).status).toBe(422);
  });
});
