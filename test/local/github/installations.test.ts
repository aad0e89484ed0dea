import { createPrivateKey, sign } from 'node:crypto';
import githubAppJwt from 'universal-github-app-jwt';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createManualClock } from '../../world/clock.ts';
import { startForTest } from './github-rig.ts';

const Token = z.object({ token: z.string().regex(/^ghs_\w{36}$/), expires_at: z.string() });
const Found = z.object({ id: z.number() });

async function setUp() {
  const clock = createManualClock();
  const github = await startForTest({ clock });
  const named = async (name: string) =>
    Found.parse((await github.api('POST', '/user/repos', { body: { name, private: true, auto_init: true } })).body).id;
  const [shop, blog] = [await named('shop'), await named('blog')];
  const jwt = async (now = clock.now()) => {
    const seconds = Math.floor(now.getTime() / 1000);
    return (await githubAppJwt({ ...github.app, now: seconds })).token;
  };
  const installation = async () => {
    const answer = await github.api('GET', '/repos/demo/shop/installation', { token: await jwt() });
    return { status: answer.status, id: Found.safeParse(answer.body).data?.id ?? 0 };
  };
  const tokenOf = async (body: object) => {
    const path = `/app/installations/${String((await installation()).id)}/access_tokens`;
    return await github.api('POST', path, { token: await jwt(), body });
  };
  return { github, clock, shop, blog, jwt, installation, tokenOf };
}

describe('a GitHub App', () => {
  it('is let in by its own key alone, for ten minutes', async () => {
    const { github, clock, jwt, installation } = await setUp();
    const ask = async (token: string) => (await github.api('GET', '/repos/demo/shop/installation', { token })).status;
    expect((await installation()).status).toBe(200);
    const good = await jwt();
    const [header = '', claims = '', signature = ''] = good.split('.');
    const forged = Buffer.from(JSON.stringify({ ...JSON.parse(atob(claims)), iss: '1' })).toString('base64url');
    const foreign = Buffer.from(JSON.stringify({ ...JSON.parse(atob(claims)), exp: 4e9 })).toString('base64url');
    const key = createPrivateKey(github.app.privateKey);
    const long = sign('RSA-SHA256', Buffer.from(`${header}.${foreign}`), key).toString('base64url');
    for (const token of [
      `${header}.${forged}.${signature}`,
      `${header}.${foreign}.${long}`,
      `${header}.${claims}.`,
      'a.b.c',
      github.token,
      await jwt(new Date(clock.now().getTime() - 11 * 60_000)),
      await jwt(new Date(clock.now().getTime() + 5 * 60_000)),
    ]) {
      expect(await ask(token)).toBe(401);
    }
  });

  it('gets a token of one repository and of what it asks for', async () => {
    const { github, shop, tokenOf } = await setUp();
    const answer = await tokenOf({ repository_ids: [shop], permissions: { contents: 'read' } });
    expect(answer.status).toBe(201);
    const { token } = Token.parse(answer.body);
    const ask = async (method: string, path: string, body?: object) =>
      (await github.api(method, path, { token, ...(body === undefined ? {} : { body }) })).status;
    expect(await ask('GET', '/repos/demo/shop')).toBe(200);
    expect(await ask('GET', '/repos/demo/shop/commits/main')).toBe(200);
    expect(await ask('GET', '/repos/demo/blog')).toBe(404);
    expect(await ask('GET', '/user')).toBe(403);
    const { sha } = z
      .object({ sha: z.string() })
      .parse((await github.api('GET', '/repos/demo/shop/commits/main')).body);
    expect(await ask('POST', `/repos/demo/shop/statuses/${sha}`, { state: 'success' })).toBe(403);
    const writing = Token.parse((await tokenOf({ repository_ids: [shop], permissions: { statuses: 'write' } })).body);
    const status = { token: writing.token, body: { state: 'success' } };
    expect((await github.api('POST', `/repos/demo/shop/statuses/${sha}`, status)).status).toBe(201);
  });

  it('gets one that ends after an hour', async () => {
    const { github, clock, shop, tokenOf } = await setUp();
    const { token, expires_at: at } = Token.parse((await tokenOf({ repository_ids: [shop] })).body);
    expect(Date.parse(at)).toBe(clock.now().getTime() + 3_600_000);
    clock.advance(3_600_000);
    expect((await github.api('GET', '/repos/demo/shop', { token })).status).toBe(401);
  });

  it('gets none of what it is not installed on', async () => {
    const { github, jwt, installation, tokenOf } = await setUp();
    expect((await tokenOf({ repository_ids: [1] })).status).toBe(422);
    expect((await tokenOf({ permissions: { administration: 'write' } })).status).toBe(422);
    const { id } = await installation();
    const gone = await github.api('DELETE', `/app/installations/${String(id)}`, { token: await jwt() });
    expect(gone.status).toBe(204);
    expect((await installation()).status).toBe(404);
    expect((await github.api('GET', '/user/installations', { token: github.appToken })).body).toMatchObject({
      total_count: 0,
    });
    const page = await fetch(`${github.webUrl}/apps/${github.app.slug}/installations/new`, {
      method: 'POST',
      body: new URLSearchParams({ login: 'demo' }),
    });
    expect(page.status).toBe(200);
    expect((await installation()).status).toBe(200);
  });

  it('shows people the installations that they see, to its own tokens alone', async () => {
    const { github, installation } = await setUp();
    const { id } = await installation();
    const list = async (token: string) => await github.api('GET', '/user/installations', { token });
    expect((await list(github.token)).status).toBe(403);
    expect((await list(github.appToken)).body).toMatchObject({ installations: [{ id, repository_selection: 'all' }] });
    const covered = await github.api('GET', `/user/installations/${String(id)}/repositories`, {
      token: github.appToken,
    });
    expect(covered.body).toMatchObject({ total_count: 2 });
    const other = await github.api('GET', `/user/installations/${String(id)}/repositories`, {
      token: github.otherAppToken,
    });
    expect(other.status).toBe(404);
  });
});
