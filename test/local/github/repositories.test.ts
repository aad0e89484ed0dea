import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  type Api,
  cloneAddress,
  cloneNew,
  commit,
  git,
  startForTest,
  startReceiver,
  addHook,
  tryGit,
} from './github-rig.ts';

const Repo = z.object({ id: z.int(), full_name: z.string() });

async function create(api: Api, name: string, settings: Readonly<Record<string, unknown>> = {}) {
  const answer = await api('POST', '/user/repos', { body: { name, auto_init: true, ...settings } });
  expect(answer.status).toBe(201);
  return Repo.parse(answer.body);
}

describe('repositories', () => {
  it('belong to whoever makes them, and tell each caller his rights', async () => {
    const github = await startForTest();
    const { id } = await create(github.api, 'app');
    const seen = async (token: string | null): Promise<unknown> =>
      (await github.api('GET', '/repos/demo/app', { token })).body;

    expect(await seen(github.token)).toMatchObject({
      id,
      owner: { login: 'demo', type: 'User' },
      default_branch: 'main',
      clone_url: `${github.gitUrl}/demo/app.git`,
      permissions: { admin: true, maintain: true, push: true, triage: true, pull: true },
    });
    expect(await seen(github.otherToken)).toMatchObject({ permissions: { admin: false, push: false, pull: true } });
    expect(await seen(null)).not.toHaveProperty('permissions');
    await github.api('PUT', '/repos/demo/app/collaborators/other', { body: { permission: 'maintain' } });
    expect(await seen(github.otherToken)).toMatchObject({ permissions: { admin: false, maintain: true, push: true } });
    expect((await github.api('GET', `/repositories/${String(id)}`)).body).toMatchObject({ full_name: 'demo/app' });
  });

  it('do not exist for those who may not see them', async () => {
    const github = await startForTest();
    const { id } = await create(github.api, 'secret', { private: true });
    const nothing = await github.api('GET', '/repos/demo/nothing', { token: github.otherToken });
    const paths = ['', '/hooks', '/commits', '/commits/main/status', '/pulls', '/nonsense'];

    for (const base of ['/repos/demo/secret', `/repositories/${String(id)}`]) {
      for (const path of paths) {
        const hidden = await github.api('GET', `${base}${path}`, { token: github.otherToken });
        expect(hidden).toMatchObject({ status: nothing.status, body: nothing.body });
      }
    }
    expect((await github.api('GET', '/user/repos', { token: github.otherToken })).body).toEqual([]);
    expect((await github.api('DELETE', '/repos/demo/secret', { token: github.otherToken })).status).toBe(404);
  });

  it('open to a classic token as far as its scopes go, which it tells', async () => {
    const users = [
      {
        login: 'demo',
        tokens: [
          { value: 'ghp_everything' },
          { value: 'ghp_public', scopes: ['public_repo'] },
          { value: 'ghp_none', scopes: [] },
        ],
      },
    ];
    const github = await startForTest({ users });
    await create(github.api, 'open');
    await create(github.api, 'secret', { private: true });
    const status = async (token: string, method: string, path: string): Promise<number> =>
      (await github.api(method, path, { token, ...(method === 'GET' ? {} : { body: {} }) })).status;

    expect(await status('ghp_everything', 'GET', '/repos/demo/secret')).toBe(200);
    expect(await status('ghp_public', 'GET', '/repos/demo/secret')).toBe(404);
    expect(await status('ghp_public', 'PATCH', '/repos/demo/open')).toBe(200);
    expect(await status('ghp_none', 'GET', '/repos/demo/open')).toBe(200);
    expect(await status('ghp_none', 'PATCH', '/repos/demo/open')).toBe(403);
    const scopes = async (token: string) => (await github.api('GET', '/user', { token })).headers.get('x-oauth-scopes');
    expect(await scopes('ghp_everything')).toBe('repo');
    expect(await scopes(github.token)).toBeNull();
  });

  it.each([
    { what: 'token', header: (token: string) => `token ${token}` },
    { what: 'Bearer', header: (token: string) => `Bearer ${token}` },
    { what: 'Basic with the token as password', header: (token: string) => `Basic ${btoa(`x:${token}`)}` },
    { what: 'Basic with the token as name', header: (token: string) => `Basic ${btoa(`${token}:`)}` },
  ])('take the credential as $what', async ({ header }) => {
    const github = await startForTest();

    const answer = await github.api('GET', '/user', { token: null, headers: { Authorization: header(github.token) } });

    expect(answer).toMatchObject({ status: 200, body: { login: 'demo' } });
    expect(Number(answer.headers.get('x-ratelimit-remaining'))).toBeGreaterThan(0);
  });

  it('keep their number and their commits under a new name, to which the old one leads', async () => {
    const github = await startForTest();
    const { folder } = await cloneNew(github, { name: 'old' });
    const { id } = Repo.parse((await github.api('GET', '/repos/demo/old')).body);

    await github.api('PATCH', '/repos/demo/old', { body: { name: 'new' } });

    expect((await github.api('GET', '/repos/demo/new')).body).toMatchObject({ id });
    const moved = await github.api('GET', '/repos/demo/old/commits?per_page=1');
    expect(moved.status).toBe(301);
    expect(moved.headers.get('location')).toBe(`${github.apiUrl}/repositories/${String(id)}/commits?per_page=1`);
    expect((await github.api('GET', moved.headers.get('location') ?? '')).status).toBe(200);
    expect((await tryGit(folder, 'ls-remote', cloneAddress(github, 'demo/new'))).code).toBe(0);

    const another = await create(github.api, 'old');
    expect((await github.api('GET', '/repos/demo/old')).body).toMatchObject({ id: another.id });
  });

  it('are gone with all that is theirs once deleted', async () => {
    const github = await startForTest();
    const receiver = await startReceiver();
    const { folder, fullName } = await cloneNew(github);
    await addHook(github.api, fullName, { url: receiver.url });

    expect((await github.api('DELETE', `/repos/${fullName}`)).status).toBe(204);

    expect((await github.api('GET', `/repos/${fullName}`)).status).toBe(404);
    expect((await tryGit(folder, 'ls-remote', 'origin')).output).toContain('not found');
    await create(github.api, 'app');
    expect((await github.api('GET', `/repos/${fullName}/hooks`)).body).toEqual([]);
  });

  it.each(['', 'a/b', '..', 'x.git', 'ünïcode'])('cannot be named %j', async (name) => {
    const github = await startForTest();

    expect((await github.api('POST', '/user/repos', { body: { name } })).status).toBe(422);
  });
});

describe('commits', () => {
  it('are listed by pages, newest first, and found by any name of a ref', async () => {
    const github = await startForTest();
    const { folder, fullName } = await cloneNew(github);
    const shas = [await git(folder, 'rev-parse', 'HEAD')];
    for (const message of ['Two', 'Three', 'Four']) shas.unshift(await commit(folder, message));
    await git(folder, 'push', '--quiet', 'origin', 'main', 'main:refs/heads/feature/slash', 'main:refs/tags/v1');
    const list = async (query: string) => await github.api('GET', `/repos/${fullName}/commits${query}`);
    const Shas = z.array(z.object({ sha: z.string() })).transform((all) => all.map(({ sha }) => sha));

    const first = await list('?per_page=3');
    expect(Shas.parse(first.body)).toEqual(shas.slice(0, 3));
    expect(first.headers.get('link')).toContain('page=2>; rel="next"');
    expect(Shas.parse((await list('?per_page=3&page=2')).body)).toEqual(shas.slice(3));
    expect(Shas.parse((await list('?sha=feature/slash')).body)).toEqual(shas);
    const names = [
      'main',
      'heads/main',
      'feature/slash',
      'feature%2Fslash',
      'v1',
      'tags/v1',
      'HEAD',
      shas[0],
      shas[0]?.slice(0, 8),
    ];
    for (const name of names) {
      const answer = await github.api('GET', `/repos/${fullName}/commits/${name ?? ''}`, {
        headers: { Accept: 'application/vnd.github.sha' },
      });
      expect(`${name ?? ''} ${String(answer.body)}`).toBe(`${name ?? ''} ${shas[0] ?? ''}`);
    }
    for (const name of ['main~1', 'main^{tree}', '@{-1}', '--all', ':/Two', 'nothing']) {
      const answer = await github.api('GET', `/repos/${fullName}/commits/${encodeURIComponent(name)}`);
      expect(`${name} ${String(answer.status)}`).toBe(`${name} 422`);
    }
  });

  it.each([
    { base: 'main', head: 'topic', status: 'diverged', ahead: 2, behind: 1 },
    { base: 'topic~', head: 'topic', status: 'ahead', ahead: 1, behind: 0 },
    { base: 'topic', head: 'topic~', status: 'behind', ahead: 0, behind: 1 },
    { base: 'main', head: 'main', status: 'identical', ahead: 0, behind: 0 },
  ])('are compared: $head against $base is $status', async ({ base, head, status, ahead, behind }) => {
    const github = await startForTest();
    const { folder, fullName } = await cloneNew(github);
    await git(folder, 'checkout', '--quiet', '-b', 'topic');
    const topic = [await commit(folder, 'One'), await commit(folder, 'Two')];
    await git(folder, 'checkout', '--quiet', 'main');
    await commit(folder, 'Main');
    await git(folder, 'push', '--quiet', 'origin', 'main', 'topic');
    const sha = async (name: string): Promise<string> => await git(folder, 'rev-parse', name);

    const answer = await github.api('GET', `/repos/${fullName}/compare/${await sha(base)}...${await sha(head)}`);

    expect(answer.body).toMatchObject({ status, ahead_by: ahead, behind_by: behind, total_commits: ahead });
    expect(answer.body).toMatchObject({ commits: topic.slice(2 - ahead).map((id) => ({ sha: id })) });
  });

  it('of an empty repository are a conflict', async () => {
    const github = await startForTest();
    await github.api('POST', '/user/repos', { body: { name: 'empty' } });

    expect(await github.api('GET', '/repos/demo/empty/commits')).toMatchObject({
      status: 409,
      body: { message: 'Git Repository is empty.' },
    });
  });
});

describe('hooks', () => {
  const config = { url: 'http://127.0.0.1:9/', content_type: 'json', secret: 'do not tell' };

  it('never tell their secret', async () => {
    const github = await startForTest();
    await create(github.api, 'app');
    const hooks = '/repos/demo/app/hooks';

    const made = await github.api('POST', hooks, { body: { config } });
    const { id } = z.object({ id: z.int() }).parse(made.body);
    const answers = [
      made,
      await github.api('GET', hooks),
      await github.api('GET', `${hooks}/${String(id)}`),
      await github.api('GET', `${hooks}/${String(id)}/config`),
      await github.api('PATCH', `${hooks}/${String(id)}`, { body: { active: false } }),
    ];

    for (const { body } of answers) {
      expect(JSON.stringify(body)).not.toContain('do not tell');
      expect(JSON.stringify(body)).toContain('"secret":"********"');
    }
  });

  it.each([
    { what: 'without an address', body: { config: { content_type: 'json' } } },
    { what: 'with an address that is none', body: { config: { url: 'ftp://example.com/' } } },
    { what: 'for an unknown event', body: { config: { url: 'http://127.0.0.1:9/2' }, events: ['pushes'] } },
    { what: 'twice for one address', body: { config } },
    { what: 'of another kind', body: { name: 'email', config } },
  ])('are refused $what', async ({ body }) => {
    const github = await startForTest();
    await create(github.api, 'app');
    await github.api('POST', '/repos/demo/app/hooks', { body: { config } });

    expect((await github.api('POST', '/repos/demo/app/hooks', { body })).status).toBe(422);
  });

  it('are for administrators alone', async () => {
    const github = await startForTest();
    await create(github.api, 'app');
    await github.api('PUT', '/repos/demo/app/collaborators/other', { body: { permission: 'push' } });
    const token = github.otherToken;

    expect((await github.api('GET', '/repos/demo/app/hooks', { token })).status).toBe(404);
    expect((await github.api('POST', '/repos/demo/app/hooks', { token, body: { config } })).status).toBe(404);
    expect((await github.api('GET', '/repos/demo/app/hooks', { token: null })).status).toBe(401);
    await github.api('PUT', '/repos/demo/app/collaborators/other', { body: { permission: 'admin' } });
    expect((await github.api('POST', '/repos/demo/app/hooks', { token, body: { config } })).status).toBe(201);
  });

  it('lose a secret that is not named again when their settings are replaced', async () => {
    const github = await startForTest();
    await create(github.api, 'app');
    const made = await github.api('POST', '/repos/demo/app/hooks', { body: { config } });
    const path = `/repos/demo/app/hooks/${String(z.object({ id: z.int() }).parse(made.body).id)}`;

    await github.api('PATCH', `${path}/config`, { body: { url: 'http://127.0.0.1:9/other' } });
    expect((await github.api('GET', path)).body).toMatchObject({ config: { secret: '********' } });
    await github.api('PATCH', path, { body: { config: { url: config.url } } });
    expect((await github.api('GET', path)).body).not.toHaveProperty('config.secret');
  });
});
