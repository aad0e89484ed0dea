import { configurationOf } from '../../../functions/dashboard/configuration.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Right } from '../../../functions/dashboard/access/access.ts';
import type { Route } from '../../../functions/dashboard/http/route.ts';
import { routes } from '../../../functions/dashboard/routes.ts';
import { createServices } from '../../../functions/dashboard/services.ts';
import { repositoryPath } from '../../../shared/store/repositories.ts';
import { sampleRunId } from '../../support/sample-run.ts';
import { addScenes } from './scenes.ts';
import { createWorld, type World } from './dashboard-rig.ts';

const people = ['anonymous', 'stranger', 'reader', 'writer', 'admin'] as const;
type PersonName = (typeof people)[number];

const rightsOf: Record<PersonName, readonly (Right | 'sign-in' | 'nothing')[]> = {
  anonymous: ['nothing'],
  stranger: ['nothing', 'sign-in'],
  reader: ['nothing', 'sign-in', 'read'],
  writer: ['nothing', 'sign-in', 'read', 'write'],
  admin: ['nothing', 'sign-in', 'read', 'write', 'admin'],
};

const there = { owner: 'mira', repo: 'shop', id: sampleRunId(103), attempt: '1', test: '1', name: 'A_SECRET' };
const nowhere = { ...there, repo: 'none', id: sampleRunId(999) };

function pathOf(route: Route, parameters: Readonly<Record<string, string>>): string {
  return route.path.replaceAll(/:([a-z]+)(?:\{[^/]*\})?(?=\/|$)/g, (_, name: string) => parameters[name] ?? '');
}

async function ask(world: World, route: Route, person: PersonName, parameters: typeof there): Promise<Response> {
  const headers: Record<string, string> = { 'sec-fetch-site': 'same-origin' };
  if (person !== 'anonymous') {
    if (route.face === 'api') headers['authorization'] = `Bearer ${person}`;
    else headers['cookie'] = world.cookieOf(person);
  }
  const body = bodyOf(route);
  if (body !== null) headers['content-type'] = body.type;
  const init = { method: route.method, headers, ...(body === null ? {} : { body: body.text }) };
  return await world.app.request(pathOf(route, parameters), init);
}

function bodyOf(route: Route): { readonly type: string; readonly text: string } | null {
  if (route.method === 'GET' || route.method === 'DELETE') return null;
  if (route.path.endsWith('/secrets/:name')) return { type: 'application/json', text: '{"value":"a value"}' };
  if (route.method === 'PATCH') return { type: 'application/json', text: '{}' };
  if (route.face === 'page') return { type: 'application/x-www-form-urlencoded', text: 'ref=main' };
  return { type: 'application/json', text: route.method === 'PUT' ? '{}' : JSON.stringify({ ref: 'main' }) };
}

/** All that a client sees of an answer. */
async function seen(response: Response): Promise<unknown> {
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}

const state: { world?: World } = {};

beforeAll(async () => {
  state.world = await createWorld();
  await addScenes(state.world);
});

function world(): World {
  if (state.world === undefined) throw new Error('made before each test');
  return state.world;
}

/** What each path needs that is more, or less, than to read. */
const agreed = {
  nothing: [
    'GET /api/v1/server',
    'GET /auth/callback',
    'GET /auth/sign-in',
    'GET /auth/signed-out',
    'POST /auth/sign-out',
  ],
  'sign-in': ['GET /', 'GET /api/v1/person'],
  write: [
    'POST /:owner/:repo/runs',
    'POST /api/v1/repos/:owner/:repo/runs',
    'POST /api/v1/runs/:id/cancel',
    'POST /api/v1/runs/:id/rerun',
    'POST /runs/:id/cancel',
    'POST /runs/:id/rerun',
  ],
  admin: [
    'DELETE /api/v1/repos/:owner/:repo/secrets/:name',
    'GET /api/v1/repos/:owner/:repo/audit',
    'GET /api/v1/repos/:owner/:repo/secrets',
    'GET /api/v1/repos/:owner/:repo/settings',
    'PATCH /api/v1/repos/:owner/:repo/settings',
    'PUT /api/v1/repos/:owner/:repo',
    'PUT /api/v1/repos/:owner/:repo/secrets/:name',
  ],
};

describe('the table of routes', async () => {
  const { dashboard } = await createWorld();
  const table = routes(createServices(dashboard.outside, configurationOf(dashboard.settings)));

  it('gives each path the right that was agreed on: whoever changes one changes this table too', () => {
    const rights = Map.groupBy(table, ({ needs }) => needs);
    const paths = (needs: Route['needs']) =>
      (rights.get(needs) ?? []).map(({ method, path }) => `${method} ${path}`).toSorted();
    expect({
      nothing: paths('nothing'),
      'sign-in': paths('sign-in'),
      write: paths('write'),
      admin: paths('admin'),
    }).toEqual(agreed);
    expect(rights.get('read')?.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('names every path once', () => {
    const names = table.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(20);
  });

  describe.each(table.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_, route) => {
    it.each(people.filter((person) => rightsOf[person].includes(route.needs)))('is answered for %s', async (person) => {
      const response = await ask(world(), route, person, there);

      // The callback is called without what GitHub would bring along.
      expect(response.status).toBeLessThan(route.path === '/auth/callback' ? 401 : 400);
      if (route.needs !== 'nothing') expect(response.headers.get('location') ?? '').not.toContain('/auth/sign-in');
    });

    it.each(people.filter((person) => !rightsOf[person].includes(route.needs)))(
      'is refused to %s as if nothing were there',
      async (person) => {
        const refused = await ask(world(), route, person, there);
        const missing = await ask(world(), route, person, nowhere);

        if (person !== 'anonymous') expect(refused.status).toBe(404);
        else if (route.face === 'api') expect(refused.status).toBe(401);
        else expect(refused.headers.get('location')).toContain('/auth/sign-in?return=');
        if (person === 'anonymous' && route.face === 'page') return;
        expect(await seen(refused)).toEqual(await seen(missing));
      },
    );

    it('starts, cancels and registers nothing for who may not', async () => {
      if (route.needs !== 'write' && route.needs !== 'admin') return;
      const here = world();
      const before = { published: here.published.length, paths: here.documents.paths() };
      for (const person of people.filter((one) => !rightsOf[one].includes(route.needs))) {
        await ask(here, route, person, there);
      }
      expect({ published: here.published.length, paths: here.documents.paths() }).toEqual(before);
    });
  });
});

describe('rights', () => {
  it('are asked for with the person’s own token, and then remembered for a minute', async () => {
    const here = await createWorld();
    const ask = async () => await here.api('/api/v1/repos/mira/shop', { token: 'reader' });
    await ask();
    here.clock.advance(59_000);
    await ask();
    expect(here.github.asked).toEqual(['token', 'repository mira/shop']);

    here.clock.advance(2_000);
    await ask();
    expect(here.github.asked).toHaveLength(4);
  });

  it('do not go with a token that GitHub gave an administrator for another program, or a program for itself', async () => {
    const here = await createWorld();
    const shop = here.github.repositories_[0]?.roles as Record<string, string>;
    for (const token of ['foreign-admin', 'ghs_admin']) {
      shop[token] = 'admin';
      for (const [method, path] of [
        ['GET', '/api/v1/repos/mira/shop'],
        ['PUT', '/api/v1/repos/mira/shop/secrets/A'],
        ['GET', '/api/v1/person'],
        ['GET', '/api/v1/none'],
      ] as const) {
        const answer = await here.api(path, {
          token,
          method,
          ...(method === 'PUT' ? { body: { value: 'some value' } } : {}),
        });
        expect([token, path, answer.status]).toEqual([token, path, 401]);
      }
      delete shop[token];
    }
    expect(here.github.asked).not.toContain('repository mira/shop');
  });

  it('that were just given count after ten seconds', async () => {
    const here = await createWorld();
    const roles = here.github.repositories_[0]?.roles as Record<string, string>;
    expect((await here.api('/api/v1/repos/mira/shop', { token: 'stranger' })).status).toBe(404);
    roles['stranger'] = 'reader';
    here.clock.advance(10_001);
    expect((await here.api('/api/v1/repos/mira/shop', { token: 'stranger' })).status).toBe(200);
    delete roles['stranger'];
  });

  it('follow the repository when its name goes to another one', async () => {
    const here = await createWorld();
    await addScenes(here);
    const run = `/api/v1/runs/${sampleRunId(103)}`;
    const [moved] = here.github.repositories_;
    if (moved === undefined) throw new Error('it is there');
    moved.fullName = 'mira/store';
    here.github.repositories_.push({ ...moved, id: '77', fullName: 'mira/shop', roles: { stranger: 'admin' } });

    expect((await here.api(run, { token: 'stranger' })).status).toBe(404);
    expect((await here.api(run, { token: 'reader' })).status).toBe(200);
  });

  it('on a run end with those on its repository', async () => {
    const here = await createWorld();
    await addScenes(here);
    const [stored] = await here.documents.get([repositoryPath('42')]);
    await here.documents.commit([{ type: 'delete', path: stored?.path ?? '' }]);
    expect((await here.api(`/api/v1/runs/${sampleRunId(103)}`, { token: 'admin' })).status).toBe(404);
  });

  it('of a token that GitHub does not know are none, whether the thing is there or not', async () => {
    const here = await createWorld();
    await addScenes(here);
    const answers = await Promise.all(
      [
        `/api/v1/runs/${sampleRunId(103)}`,
        `/api/v1/runs/${sampleRunId(999)}`,
        '/api/v1/nowhere',
        '/api/v1/repos/mira/none',
      ]
        .map(async (path) => await here.api(path, { token: 'forged' }))
        .map(async (response) => await seen(await response)),
    );
    expect(answers[0]).toMatchObject({ status: 401 });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('are checked for unknown paths too', async () => {
    const here = await createWorld();
    expect((await here.api('/api/v1/nowhere')).status).toBe(401);
    expect((await here.api('/api/v1/nowhere', { token: 'reader' })).status).toBe(404);
    expect((await here.app.request('/no/such/page')).headers.get('location')).toBe(
      '/auth/sign-in?return=%2Fno%2Fsuch%2Fpage',
    );
    const signedIn = await here.app.request('/no/such/page', { headers: { cookie: here.cookieOf('reader') } });
    expect(signedIn.status).toBe(404);
  });
});
