import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeReturnPath } from '../../../functions/dashboard/access/protection.ts';
import { sampleRunId } from '../../support/sample-run.ts';
import { addScenes } from './scenes.ts';
import { createWorld, dashboardUrl, type World } from './dashboard-rig.ts';

/** GitHub's side of the exchange: any code is good, and is the login of who signs in. */
function exchanging(requests: URLSearchParams[]): typeof fetch {
  return async (_url, init) => {
    await Promise.resolve();
    const fields = init?.body as URLSearchParams;
    requests.push(fields);
    return Response.json(
      fields.get('code') === 'bad' ? { error: 'bad_verification_code' } : { access_token: fields.get('code') },
    );
  };
}

function cookieOf(response: Response, name: string): string {
  const found = response.headers.getSetCookie().find((cookie) => new RegExp(`^${name}=`).test(cookie));
  return found?.split(';', 1)[0] ?? '';
}

async function begin(world: World, returnTo = '/'): Promise<{ readonly to: URL; readonly cookie: string }> {
  const response = await world.app.request(`/auth/sign-in?return=${encodeURIComponent(returnTo)}`);
  expect(response.status).toBe(302);
  return {
    to: new URL(response.headers.get('location') ?? ''),
    cookie: cookieOf(response, '__Host-yb-sign-in-[0-9a-f]{16}'),
  };
}

async function comeBack(world: World, query: Readonly<Record<string, string>>, cookie: string): Promise<Response> {
  return await world.app.request(`/auth/callback?${new URLSearchParams(query).toString()}`, { headers: { cookie } });
}

describe('signing in', () => {
  it('leads to GitHub and back to the page that was asked for', async () => {
    const requests: URLSearchParams[] = [];
    const world = await createWorld({ webFlowFetch: exchanging(requests) });
    const { to, cookie } = await begin(world, '/mira/shop?branch=main');
    expect(to.origin + to.pathname).toBe('https://github.com/login/oauth/authorize');
    expect(to.searchParams.get('redirect_uri')).toBe(`${dashboardUrl}/auth/callback`);

    const back = await comeBack(world, { code: 'reader', state: to.searchParams.get('state') ?? '' }, cookie);

    expect(back.status).toBe(302);
    expect(back.headers.get('location')).toBe('/mira/shop?branch=main');
    const session = cookieOf(back, '__Host-yb-session');
    const page = await world.app.request('/mira/shop', { headers: { cookie: session } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('reader');
    const verifier = requests[0]?.get('code_verifier') ?? '';
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(to.searchParams.get('code_challenge'));
  });

  it('keeps its cookies to this host, to https and away from scripts', async () => {
    const world = await createWorld({ webFlowFetch: exchanging([]) });
    const { to, cookie } = await begin(world);
    const back = await comeBack(world, { code: 'reader', state: to.searchParams.get('state') ?? '' }, cookie);
    const set = back.headers.getSetCookie().find((one) => one.startsWith('__Host-yb-session=')) ?? '';
    expect(set).toMatch(/Max-Age=28800/);
    expect(set).toMatch(/Path=\//);
    expect(set).toMatch(/HttpOnly/);
    expect(set).toMatch(/Secure/);
    expect(set).toMatch(/SameSite=Lax/);
    expect(set).not.toContain('reader');
  });

  it.each([
    ['another state', (state: string) => ({ code: 'reader', state: `${state}x` })],
    ['no state', () => ({ code: 'reader' })],
    ['no code', (state: string) => ({ state, error: 'access_denied' })],
    ['a code that GitHub refuses', (state: string) => ({ code: 'bad', state })],
    ['a code of somebody whom GitHub does not know', (state: string) => ({ code: 'nobody', state })],
  ])('ends without a session for %s', async (_, query) => {
    const world = await createWorld({ webFlowFetch: exchanging([]) });
    const { to, cookie } = await begin(world);
    const back = await comeBack(world, query(to.searchParams.get('state') ?? ''), cookie);
    expect(back.status).toBe(400);
    expect(cookieOf(back, '__Host-yb-session')).toBe('');
  });

  it('counts only in the browser that began it, and for ten minutes', async () => {
    const world = await createWorld({ webFlowFetch: exchanging([]) });
    const { to, cookie } = await begin(world);
    const query = { code: 'reader', state: to.searchParams.get('state') ?? '' };
    expect((await comeBack(world, query, '')).status).toBe(400);
    const other = await begin(world);
    expect((await comeBack(world, query, other.cookie)).status).toBe(400);
    world.clock.advance(600_001);
    expect((await comeBack(world, query, cookie)).status).toBe(400);
  });

  it('of two links at once leads to both', async () => {
    const world = await createWorld({ webFlowFetch: exchanging([]) });
    const attempts = [await begin(world, '/mira/shop'), await begin(world, '/mira/blog')];
    const cookie = attempts.map((attempt) => attempt.cookie).join('; ');
    const ways = attempts.map(async ({ to }) => {
      const back = await comeBack(world, { code: 'reader', state: to.searchParams.get('state') ?? '' }, cookie);
      return back.headers.get('location');
    });
    expect(await Promise.all(ways)).toEqual(['/mira/shop', '/mira/blog']);
  });

  it('lasts eight hours', async () => {
    const world = await createWorld({ webFlowFetch: exchanging([]) });
    const { to, cookie } = await begin(world);
    const back = await comeBack(world, { code: 'reader', state: to.searchParams.get('state') ?? '' }, cookie);
    const session = { headers: { cookie: cookieOf(back, '__Host-yb-session') } };
    world.clock.advance(8 * 3_600_000 - 1);
    expect((await world.app.request('/mira/shop', session)).status).toBe(200);
    world.clock.advance(1);
    expect((await world.app.request('/mira/shop', session)).status).toBe(303);
  });

  it('is asked for again when GitHub has taken the sign-in back', async () => {
    const world = await createWorld();
    world.github.revoked.add('reader');
    const page = await world.app.request('/mira/shop', { headers: { cookie: world.cookieOf('reader') } });
    expect(page.headers.get('location')).toBe('/auth/sign-in?return=%2Fmira%2Fshop');
    expect(page.headers.getSetCookie().join()).toMatch(/__Host-yb-session=;.*Max-Age=0/);
  });

  it('takes no cookie that was altered or made by another installation', async () => {
    const world = await createWorld();
    const other = await createWorld();
    const cookie = world.cookieOf('reader');
    const altered = `${cookie.slice(0, -4)}${cookie.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
    for (const wrong of [altered, other.cookieOf('reader'), '__Host-yb-session=', `${cookie}x`.slice(0, 60)]) {
      const page = await world.app.request('/', { headers: { cookie: wrong } });
      expect(page.status).toBe(303);
    }
  });

  it('takes no sign-in attempt for a session', async () => {
    const world = await createWorld();
    const { cookie } = await begin(world);
    const page = await world.app.request('/', { headers: { cookie: cookie.replace(/sign-in-[0-9a-f]+/, 'session') } });
    expect(page.status).toBe(303);
  });
});

describe('signing out', () => {
  it('ends the session', async () => {
    const world = await createWorld();
    const headers = { cookie: world.cookieOf('reader'), origin: dashboardUrl };
    const response = await world.app.request('/auth/sign-out', { method: 'POST', headers });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/auth/signed-out');
    expect(response.headers.getSetCookie().join()).toMatch(/__Host-yb-session=;/);
  });

  it('cannot be done to somebody by another site', async () => {
    const world = await createWorld();
    const headers = { cookie: world.cookieOf('reader'), origin: 'https://evil.example' };
    const response = await world.app.request('/auth/sign-out', { method: 'POST', headers });
    expect(response.status).toBe(403);
    expect(response.headers.getSetCookie()).toEqual([]);
  });
});

describe('requests that change something', () => {
  const rerun = `/runs/${sampleRunId(103)}/rerun`;
  it.each([
    ['a page of ours, by the fetch metadata', { 'sec-fetch-site': 'same-origin' }, 303],
    ['a page of ours, by the origin', { origin: dashboardUrl }, 303],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 403],
    ['another host of the same site', { 'sec-fetch-site': 'same-site', origin: 'https://other.example.com' }, 403],
    ['an address that was typed', { 'sec-fetch-site': 'none' }, 403],
    ['another site, in a browser without fetch metadata', { origin: 'https://evil.example' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['nobody knows where', {}, 403],
  ])('with a cookie from %s', async (_, from, status) => {
    const world = await createWorld();
    await addScenes(world);
    const headers = Object.fromEntries([['cookie', world.cookieOf('writer')], ...Object.entries(from)]);

    const response = await world.app.request(rerun, { method: 'POST', headers });

    expect(response.status).toBe(status);
    expect(world.published).toHaveLength(status === 303 ? 1 : 0);
  });

  it('with a cookie over the API are held to the same', async () => {
    const world = await createWorld();
    await addScenes(world);
    const headers = { cookie: world.cookieOf('writer'), origin: 'https://evil.example' };
    const response = await world.app.request(`/api/v1${rerun}`, { method: 'POST', headers });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'cross-site' });
  });

  it('with a token need no origin: no browser sends one by itself', async () => {
    const world = await createWorld();
    await addScenes(world);
    expect((await world.api(`/api/v1${rerun}`, { token: 'writer', method: 'POST' })).status).toBe(201);
  });
});

describe('the way back after signing in', () => {
  it.each([
    ['/mira/shop', '/mira/shop'],
    ['/runs/abc?x=1#L3', '/runs/abc?x=1#L3'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/x/../..//evil.example', '/'],
    ['/./\\evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/auth/sign-in', '/'],
    ['/a/../auth/sign-out', '/'],
    ['', '/'],
    [undefined, '/'],
  ])('for %j is %s', (given, path) => {
    expect(safeReturnPath(given, dashboardUrl)).toBe(path);
  });

  it('never leaves this site, whatever a link says', () => {
    const part = fc.constantFrom(
      '/',
      '\\',
      '..',
      '.',
      '//',
      '@',
      ':',
      '?',
      '#',
      'evil.example',
      'http:',
      '%2f',
      '\t',
      ' ',
      'x',
    );
    const path = fc.oneof(
      fc.string(),
      fc.array(part).map((parts) => parts.join('')),
      fc.array(part).map((parts) => `/${parts.join('')}`),
    );
    fc.assert(
      fc.property(path, (given) => {
        const target = new URL(safeReturnPath(given, dashboardUrl), dashboardUrl);
        expect(target.origin).toBe(dashboardUrl);
      }),
      { numRuns: 2000 },
    );
  });
});
