import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitHubServer, startGitHub } from '../../../local/github/server.ts';
import { systemClock } from '../../../shared/clock.ts';
import { createGitHub } from '../../../shared/github/github.ts';
import type { GitHub } from '../../../shared/outside/github.ts';
import { createManualClock } from '../../world/clock.ts';

const classic = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
const narrow = 'github_pat_narrow0123456789';
const state: { folder: string; server?: GitHubServer } = { folder: '' };

beforeAll(async () => {
  state.folder = await mkdtemp(join(tmpdir(), 'yb-test-people-'));
  state.server = await startGitHub({
    stateDir: state.folder,
    users: [
      { login: 'demo', tokens: [{ value: classic }, { value: narrow, repositories: ['demo/public'] }] },
      { login: 'jun', tokens: [{ value: 'github_pat_jun0123456789' }] },
    ],
  });
  const { apiUrl, token } = state.server;
  const send = async (method: string, path: string, body: unknown): Promise<void> => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${apiUrl}${path}`, { method, headers, body: JSON.stringify(body) });
    expect(response.ok).toBe(true);
  };
  await send('POST', '/user/repos', { name: 'shop', private: true, auto_init: true });
  await send('POST', '/user/repos', { name: 'public', auto_init: true });
  await send('POST', '/user/repos', { name: 'empty' });
});

afterAll(async () => {
  await state.server?.stop();
  await rm(state.folder, { recursive: true, force: true });
});

function server(): GitHubServer {
  if (state.server === undefined) throw new Error('started before all tests');
  return state.server;
}

function people(): GitHub {
  return createGitHub({ apiUrl: server().apiUrl, clock: systemClock, timeoutMilliseconds: 10_000 });
}

/** GitHub as it answers this, whatever is asked. */
function answering(
  status: number,
  headers: Record<string, string> = {},
  body: string | Uint8Array<ArrayBuffer> = '{}',
): GitHub {
  return createGitHub({
    apiUrl: 'https://api.github.com',
    clock: createManualClock(),
    timeoutMilliseconds: 1000,
    fetch: async () => await Promise.resolve(new Response(body, { status, headers })),
  });
}

describe('GitHub, asked with a person’s token', () => {
  it('shows a private repository to its owner and to nobody else', async () => {
    const { token, otherToken } = server();
    const shop = await people().repository(token, 'demo/shop');
    expect(shop).toMatchObject({
      fullName: 'demo/shop',
      private: true,
      defaultBranch: 'main',
      permissions: { admin: true, push: true, pull: true },
    });
    expect(await people().repositoryById(token, shop?.id ?? '')).toEqual(shop);
    expect(await people().repository(otherToken, 'demo/shop')).toBeNull();
    expect(await people().repositoryById(otherToken, shop?.id ?? '')).toBeNull();
    expect(await people().repository(token, 'demo/none')).toBeNull();
  });

  it('shows a public one to everybody, to read', async () => {
    const seen = await people().repository(server().otherToken, 'demo/public');
    expect(seen?.permissions).toEqual({ admin: false, push: false, pull: true });
  });

  it.each(['../user', 'demo/..', 'demo', 'demo/shop/commits', 'demo/sh op', '/', 'demo/%2e%2e', 'demo/shop?x=1'])(
    'has no repository %s',
    async (name) => {
      expect(await people().repository(server().token, name)).toBeNull();
    },
  );

  it('follows a renamed repository', async () => {
    const { apiUrl, token } = server();
    const headers = { authorization: `Bearer ${token}` };
    await fetch(`${apiUrl}/user/repos`, { method: 'POST', headers, body: '{"name":"old"}' });
    await fetch(`${apiUrl}/repos/demo/old`, { method: 'PATCH', headers, body: '{"name":"new"}' });
    expect(await people().repository(token, 'demo/old')).toMatchObject({ fullName: 'demo/new' });
  });

  it('knows whose a token is, and refuses one that is nobody’s', async () => {
    expect(await people().user(server().token)).toMatchObject({ login: 'demo' });
    for (const ask of [people().user, (token: string) => people().repository(token, 'demo/public')]) {
      await expect(ask('github_pat_forged')).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });

  it('lists the person’s repositories', async () => {
    const names = (await people().repositories(server().token)).map(({ fullName }) => fullName);
    expect(names).toEqual(expect.arrayContaining(['demo/shop', 'demo/public', 'demo/empty']));
    expect(await people().repositories('github_pat_jun0123456789')).toEqual([]);
  });

  it('resolves a branch to its newest commit', async () => {
    const { token } = server();
    const found = await people().resolveRef(token, 'demo/shop', 'refs/heads/main');
    expect(found).toMatchObject({ ref: 'refs/heads/main', commit: { subject: 'Initial commit' } });
    expect(found?.sha).toMatch(/^[0-9a-f]{40}$/);
    expect(await people().resolveRef(token, 'demo/shop', 'refs/heads/gone')).toBeNull();
    expect(await people().resolveRef(token, 'demo/empty', 'refs/heads/main')).toBeNull();
  });

  it('says of a credential what it reads and whether it reaches further', async () => {
    const { token } = server();
    expect(await people().examine(token, 'demo/shop')).toMatchObject({ readsCode: true, broad: false });
    expect(await people().examine(token, 'demo/empty')).toMatchObject({ readsCode: true, broad: false });
    expect(await people().examine(classic, 'demo/shop')).toMatchObject({ readsCode: true, broad: true });
    expect(await people().examine(narrow, 'demo/shop')).toMatchObject({ repository: null, readsCode: false });
  });
});

describe('a failing GitHub', () => {
  it.each([
    [
      'a primary limit',
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1772366460' },
      '2026-03-01T12:01:00.000Z',
    ],
    ['a secondary limit', 403, { 'retry-after': '30' }, '2026-03-01T12:00:30.000Z'],
    ['too many requests', 429, {}, '2026-03-01T12:01:00.000Z'],
  ])('tells when to come back: %s', async (_, status, headers, at) => {
    const headersOf = Object.fromEntries(Object.entries(headers));
    await expect(answering(status, headersOf).user('t')).rejects.toMatchObject({
      code: 'github-rate-limited',
      retryAt: new Date(at),
    });
  });

  it('that forbids without a limit shows nothing', async () => {
    expect(await answering(403).repository('t', 'demo/shop')).toBeNull();
  });

  it.each([
    ['an error of its own', answering(502)],
    ['something else than JSON', answering(200, {}, '<html>')],
    ['another shape than it describes', answering(200, {}, '{"id":"x"}')],
    ['more than can be true', answering(200, {}, new Uint8Array(9 * 1024 * 1024))],
  ])('is unavailable with %s', async (_, github) => {
    await expect(github.repository('t', 'demo/shop')).rejects.toMatchObject({ code: 'github-unavailable' });
  });

  it('is unavailable when it does not answer', async () => {
    const github = createGitHub({ apiUrl: 'http://127.0.0.1:9', clock: systemClock, timeoutMilliseconds: 500 });
    await expect(github.user('t')).rejects.toMatchObject({ code: 'github-unavailable' });
  });
});
