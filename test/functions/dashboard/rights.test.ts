// Over 300 lines because the table that was agreed on stands beside what holds it.
import { configurationOf } from '../../../functions/dashboard/configuration.ts';
import { describe, expect, it } from 'vitest';
import type { Route } from '../../../functions/dashboard/http/route.ts';
import { routes } from '../../../functions/dashboard/routes.ts';
import { createServices } from '../../../functions/dashboard/services.ts';
import { repositoryPath } from '../../../shared/store/repositories.ts';
import { sampleRunId } from '../../support/sample-run.ts';
import { addScenes } from './scenes.ts';
import { type CallerName, callerNames, type Headers_, headersOf, isNobody, may } from './callers.ts';
import { createWorld, showToEverybody, type World } from './dashboard-rig.ts';

const there = { owner: 'mira', repo: 'shop', id: sampleRunId(103), attempt: '1', test: '1', name: 'A_SECRET' };
const nowhere = { ...there, repo: 'none', id: sampleRunId(999) };

function pathOf(route: Route, parameters: Readonly<Record<string, string>>): string {
  return route.path.replaceAll(/:([a-z]+)(?:\{[^/]*\})?(?=\/|$)/g, (_, name: string) => parameters[name] ?? '');
}

interface Asking {
  readonly headers: Headers_;
  readonly parameters?: typeof there;
}

async function ask(world: World, route: Route, { headers, parameters = there }: Asking): Promise<Response> {
  const body = bodyOf(route, parameters.id);
  const all = {
    'sec-fetch-site': 'same-origin',
    ...headers,
    ...(body === null ? {} : { 'content-type': body.type }),
  };
  const init = { method: route.method, headers: all, ...(body === null ? {} : { body: body.text }) };
  return await world.app.request(pathOf(route, parameters), init);
}

function bodyOf({ method, path, face }: Route, id: string): { readonly type: string; readonly text: string } | null {
  if (method === 'GET' || method === 'DELETE') return null;
  if (face === 'page') {
    const form = new URLSearchParams({ ref: 'main', ...(path.endsWith('/revoke') ? { id } : {}) });
    if (path.endsWith('/tokens')) return { type: formType, text: 'name=mine&scope=read&days=3&repositories=' };
    return { type: formType, text: form.toString() };
  }
  const json = (value: object) => ({ type: 'application/json', text: JSON.stringify(value) });
  if (path.endsWith('/secrets/:name')) return json({ value: 'a value' });
  if (path === '/api/v1/tokens') return json({ name: 'mine', scope: 'read' });
  if (path === '/api/v1/login') return json({ name: 'a machine' });
  return json(method === 'POST' && path.endsWith('/:repo/runs') ? { ref: 'main' } : {});
}
const formType = 'application/x-www-form-urlencoded';

/** All that a client sees of an answer. */
async function seen(response: Response): Promise<unknown> {
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}

/** Each caller meets a world of their own: some of what is asked ends sessions, tokens or GitHub's word. */
async function meet(name: CallerName, route: Route, shown = false) {
  const world = await createWorld();
  await addScenes(world);
  if (shown) await showToEverybody(world);
  const headers = await headersOf(name, world, route);
  return { world, headers, parameters: { ...there, ...(await ownOf(world, route, name)) } };
}

/** What of the caller's own the path is about. */
async function ownOf(world: World, { path, method }: Route, name: CallerName): Promise<Partial<typeof there>> {
  const { tokens, sessions, ownerSettings } = createServices(
    world.dashboard.outside,
    configurationOf(world.dashboard.settings),
  );
  const login = { reader: 'reader', writer: 'writer', 'another customer': 'stranger' }[name as string] ?? 'admin';
  const person = { id: `id-${login}`, login };
  if (path.includes('sessions/:id')) return { id: (await sessions.list(person.id))[0]?.id ?? '' };
  if (path.endsWith('/secrets/:name') && method === 'DELETE') {
    await ownerSettings.setSecret('42', { name: there.name, value: 'a value', by: login });
  }
  if (!path.includes('/tokens')) return {};
  const what = { kind: 'made', name: 'mine', scope: 'read', repositories: null, days: 1 } as const;
  return { id: (await tokens.make(person, what)).record.id };
}

/** What each path needs that is more, or less, than to read. */
const agreed = {
  nothing: [
    'GET /api/v1/openapi.json',
    'GET /api/v1/server',
    'GET /auth/callback',
    'GET /auth/sign-in',
    'GET /auth/signed-out',
    'POST /auth/sign-out',
  ],
  'sign-in': ['GET /', 'GET /api/v1/person'],
  self: [
    'DELETE /api/v1/sessions',
    'DELETE /api/v1/sessions/:id',
    'DELETE /api/v1/tokens/:id',
    'GET /account',
    'GET /api/v1/sessions',
    'GET /api/v1/tokens',
    'POST /account/sessions/end',
    'POST /account/tokens',
    'POST /account/tokens/revoke',
    'POST /api/v1/login',
    'POST /api/v1/tokens',
  ],
  write: [
    'POST /:owner/:repo/runs',
    'POST /api/v1/repos/:owner/:repo/runs',
    'POST /api/v1/runs/:id/approve',
    'POST /api/v1/runs/:id/cancel',
    'POST /api/v1/runs/:id/rerun',
    'POST /runs/:id/approve',
    'POST /runs/:id/cancel',
    'POST /runs/:id/rerun',
  ],
  admin: [
    'DELETE /api/v1/repos/:owner/:repo',
    'DELETE /api/v1/repos/:owner/:repo/badge-key',
    'DELETE /api/v1/repos/:owner/:repo/secrets/:name',
    'GET /api/v1/repos/:owner/:repo/audit',
    'GET /api/v1/repos/:owner/:repo/secrets',
    'GET /api/v1/repos/:owner/:repo/settings',
    'PATCH /api/v1/repos/:owner/:repo/settings',
    'POST /:owner/:repo/hook/redeliver',
    'POST /api/v1/repos/:owner/:repo/badge-key',
    'POST /api/v1/repos/:owner/:repo/hook/redeliver',
    'PUT /api/v1/repos/:owner/:repo',
    'PUT /api/v1/repos/:owner/:repo/secrets/:name',
  ],
};

describe('the table of routes', async () => {
  const { dashboard } = await createWorld();
  const table = routes(createServices(dashboard.outside, configurationOf(dashboard.settings)), dashboard.outside.log);

  it('gives each path the right that was agreed on: whoever changes one changes this table too', () => {
    const rights = Map.groupBy(table, ({ needs }) => needs);
    const paths = (needs: Route['needs']) =>
      (rights.get(needs) ?? []).map(({ method, path }) => `${method} ${path}`).toSorted();
    expect({
      nothing: paths('nothing'),
      'sign-in': paths('sign-in'),
      self: paths('self'),
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
    it.each(callerNames.filter((name) => may(name, route.needs)))('is answered for %s', async (name) => {
      const { world, ...asking } = await meet(name, route);

      const response = await ask(world, route, asking);

      // The callback is called without what GitHub would bring along, and a sign-in is exchanged for the App's token alone.
      const refuses = route.path === '/auth/callback' || route.path === '/api/v1/login';
      expect(response.status).toBeLessThan(refuses ? 423 : 400);
      expect([401, 403, 404]).not.toContain(response.status);
      if (route.needs !== 'nothing') expect(response.headers.get('location') ?? '').not.toContain('/auth/sign-in');
    });

    it.each(callerNames.filter((name) => !may(name, route.needs)))(
      'is refused to %s as if nothing were there, and changes nothing',
      async (name) => {
        const { world, ...asking } = await meet(name, route);
        const before = { published: world.published.length, paths: world.documents.paths() };

        const refused = await ask(world, route, asking);
        const missing = await ask(world, route, { ...asking, parameters: nowhere });

        if (!isNobody(name)) expect(refused.status).toBe(404);
        else if (route.face === 'api') expect(refused.status).toBe(401);
        else expect(refused.headers.get('location')).toContain('/auth/sign-in?return=');
        expect({ published: world.published.length, paths: world.documents.paths() }).toEqual(before);
        if (isNobody(name) && route.face === 'page') return;
        expect(await seen(refused)).toEqual(await seen(missing));
      },
    );

    const inBrowser: CallerName[] = ['nobody', 'a session that was ended', 'a session that GitHub has ended'];
    const withTokens: CallerName[] = ['a foreign token of an administrator', 'a token that was revoked'];
    it.each([...inBrowser, ...withTokens].filter((name) => !may(name, route.needs)))(
      'shows %s of a public repository what its owner shows to everybody, and nothing else',
      async (name) => {
        const { world, ...asking } = await meet(name, route, true);
        const before = { published: world.published.length, paths: world.documents.paths() };

        const answer = await ask(world, route, asking);

        if (route.needs === 'read' && inBrowser.includes(name)) {
          expect(answer.status).toBeLessThan(400);
          expect(answer.headers.get('location') ?? '').not.toContain('/auth/sign-in');
        } else if (route.face === 'api') expect(answer.status).toBe(401);
        else expect(answer.headers.get('location')).toContain('/auth/sign-in?return=');
        expect({ published: world.published.length, paths: world.documents.paths() }).toEqual(before);
      },
    );
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
