import { describe, expect, it } from 'vitest';
import { SessionList } from '../../../shared/api/self-schemas.ts';
import { createWorld, dashboardUrl, type World } from './dashboard-rig.ts';

async function post(world: World, path: string, fields: Readonly<Record<string, string>>): Promise<Response> {
  return await world.app.request(path, {
    method: 'POST',
    headers: {
      cookie: world.cookieOf('writer'),
      origin: dashboardUrl,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(fields).toString(),
  });
}

async function show(world: World): Promise<Response> {
  return await world.app.request('/account', { headers: { cookie: world.cookieOf('writer') } });
}

/** The person signs in in another browser. */
async function elsewhere(world: World): Promise<string> {
  const begun = await world.app.request('/auth/sign-in');
  const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? '';
  const cookie = begun.headers.getSetCookie().find((one) => one.includes('sign-in-')) ?? '';
  const back = await world.app.request(`/auth/callback?code=writer&state=${state}`, {
    headers: { cookie: cookie.split(';', 1)[0] ?? '', 'user-agent': 'a phone', 'x-forwarded-for': '198.51.100.4' },
  });
  expect(back.status).toBe(302);
  const session = back.headers.getSetCookie().find((one) => one.startsWith('__Host-yb-session=')) ?? '';
  return session.split(';', 1)[0] ?? '';
}

describe('a person’s own page', () => {
  it('shows where they are signed in, and ends one session', async () => {
    const world = await createWorld();
    const phone = await elsewhere(world);
    const text = await (await show(world)).text();
    expect(text).toContain('This browser');
    expect(text).toContain('a phone');
    expect(text).toContain('198.51.100.4');
    const list = SessionList.parse(await (await world.api('/api/v1/sessions', { token: 'writer' })).json());
    const other = list.sessions.find(({ agent }) => agent === 'a phone');

    const ended = await post(world, '/account/sessions/end', { id: other?.id ?? '' });

    expect(ended.headers.get('location')).toBe('/account');
    expect((await world.app.request('/mira/shop', { headers: { cookie: phone } })).status).toBe(303);
    expect((await show(world)).status).toBe(200);
  });

  it('signs out everywhere', async () => {
    const world = await createWorld();
    const phone = await elsewhere(world);
    const ended = await post(world, '/account/sessions/end', {});
    expect(ended.headers.get('location')).toBe('/auth/signed-out');
    for (const cookie of [phone, world.cookieOf('writer')]) {
      expect((await world.app.request('/mira/shop', { headers: { cookie } })).status).toBe(303);
    }
    const reader = await world.app.request('/mira/shop', { headers: { cookie: world.cookieOf('reader') } });
    expect(reader.status).toBe(200);
  });

  it('makes a token that is shown once, and revokes it', async () => {
    const world = await createWorld();
    const made = await post(world, '/account/tokens', {
      name: 'nightly <script>',
      scope: 'run',
      days: '30',
      repositories: 'mira/shop',
    });
    const token = /yb_[\w-]{43}/.exec(await made.text())?.[0] ?? '';
    expect(made.headers.get('cache-control')).toBe('private, no-store');
    expect((await world.api('/api/v1/repos/mira/shop', { token })).status).toBe(200);
    const text = await (await show(world)).text();
    expect(text).not.toContain(token);
    expect(text).toContain('nightly &lt;script&gt;');

    const id = /name="id" value="([0-9a-f]{16})"/.exec(text)?.[1] ?? '';
    expect((await post(world, '/account/tokens/revoke', { id })).status).toBe(303);
    expect((await world.api('/api/v1/repos/mira/shop', { token })).status).toBe(401);
  });

  it.each([
    [{ name: 'x', scope: 'read', days: '400' }, 'days'],
    [{ name: 'x', scope: 'read', days: '3', repositories: 'mira/none' }, 'mira/none'],
  ])('says beside the form why %j makes none', async (fields, words) => {
    const world = await createWorld();
    const answer = await post(world, '/account/tokens', fields);
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain(words);
  });
});

describe('a browser', () => {
  it('keeps an id alone, and no more than four sign-ins on their way', async () => {
    const world = await createWorld();
    const session = await elsewhere(world);
    expect(session).toMatch(/^__Host-yb-session=[\w-]{43}$/);
    const jar = new Map<string, string>();
    for (let count = 0; count < 12; count += 1) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const long = encodeURIComponent(`/mira/shop?branch=${'x'.repeat(2000)}`);
      const answer = await world.app.request(`/auth/sign-in?return=${long}`, { headers: { cookie } });
      expect(answer.status).toBe(302);
      for (const set of answer.headers.getSetCookie()) {
        const [name = '', value = ''] = set.split(';', 1)[0]?.split('=') ?? [];
        if (/Max-Age=0/.test(set)) jar.delete(name);
        else jar.set(name, value);
      }
    }
    expect(jar.size).toBe(4);
    expect([...jar.values()].join('').length).toBeLessThan(8000);
  });
});
