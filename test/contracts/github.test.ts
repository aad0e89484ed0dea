// Over 300 lines because the promises of one port stand together.
import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { type GitHubServer, startGitHub } from '../../local/github/server.ts';
import { systemClock } from '../../shared/clock.ts';
import { createGitHub } from '../../shared/github/github.ts';
import type { GitHub, StatusToShow } from '../../shared/outside/github.ts';
import { createManualClock } from '../world/clock.ts';
import { cloneAddress, commit, git } from '../local/github/github-rig.ts';
import { createFakeGitHub } from '../world/github.ts';
import { findsFaults, keepsPromises, type Promises } from './promises.ts';

/** A GitHub with the private repository `demo/shop`, which its owner has and another person does not see. */
interface Under {
  readonly github: GitHub;
  readonly owner: string;
  readonly other: string;
  /** The owner's, as the App was given it. */
  readonly ours: string;
  /** A commit of `demo/shop` about which nothing was said yet. */
  readonly sha: string;
  /** The newest commit of the pull request 1, which is on no branch. */
  readonly pulled: string;
  /** The end of the address of a hook of `demo/shop` to which something was delivered. */
  readonly hookKey: string;
}

const status = (changes: Partial<StatusToShow> = {}): StatusToShow => ({
  state: 'pending',
  description: 'Queued: starts in a moment',
  targetUrl: 'https://ci.example.com/runs/1',
  context: 'yb',
  ...changes,
});

const promises: Promises<Under> = {
  'shows a private repository to who may see it alone, by name and by number': async ({ github, owner, other }) => {
    const shop = await github.repository(owner, 'demo/shop');
    expect(shop).toMatchObject({
      fullName: 'demo/shop',
      private: true,
      defaultBranch: 'main',
      permissions: { admin: true, push: true, pull: true },
    });
    expect(await github.repositoryById(owner, shop?.id ?? '')).toEqual(shop);
    expect(await github.repository(owner, 'DEMO/Shop')).toEqual(shop);
    expect(await github.repository(other, 'demo/shop')).toBeNull();
    expect(await github.repositoryById(other, shop?.id ?? '')).toBeNull();
    expect(await github.repository(owner, 'demo/none')).toBeNull();
    expect((await github.repositories(owner)).map(({ fullName }) => fullName)).toContain('demo/shop');
    expect(await github.repositories(other)).toEqual([]);
  },

  'knows whose a token is, and no token that it did not give': async ({ github, owner, other }) => {
    const people = await Promise.all([owner, other].map(async (token) => await github.user(token)));
    expect(new Set(people.map((person) => person?.id)).size).toBe(2);
    for (const question of [
      async () => await github.user('forged'),
      async () => await github.repository('forged', 'demo/shop'),
      async () => await github.repositories('forged'),
      async () => await github.resolveRef('forged', 'demo/shop', 'refs/heads/main'),
    ]) {
      await expect(question()).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  },

  'resolves a branch to its newest commit, and what is none to nothing': async ({ github, owner }) => {
    expect(await github.resolveRef(owner, 'demo/shop', 'refs/heads/main')).toMatchObject({
      ref: 'refs/heads/main',
      sha: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
    expect(await github.resolveRef(owner, 'demo/shop', 'refs/heads/gone')).toBeNull();
  },

  'knows the commits of a branch, to its credential alone': async ({ github, owner, other, sha }) => {
    const commit = { fullName: 'demo/shop', sha };
    expect(await github.isOnBranch(owner, commit, 'main')).toBe(true);
    expect(await github.isOnBranch(owner, { ...commit, sha: 'f'.repeat(40) }, 'main')).toBe(false);
    expect(await github.isOnBranch(owner, commit, 'gone')).toBe(false);
    await expect(github.isOnBranch(other, commit, 'main')).rejects.toMatchObject({ code: 'github-not-found' });
    await expect(github.isOnBranch(null, commit, 'main')).rejects.toMatchObject({ code: 'github-not-found' });
  },

  'knows the commits of a pull request, which are on no branch': async ({ github, owner, other, sha, pulled }) => {
    const commit = { fullName: 'demo/shop', sha: pulled };
    expect(await github.isInPull(owner, commit, 1)).toBe(true);
    expect(await github.isOnBranch(owner, commit, 'main')).toBe(false);
    expect(await github.isInPull(owner, { ...commit, sha: 'f'.repeat(40) }, 1)).toBe(false);
    expect(await github.isInPull(owner, commit, 2)).toBe(false);
    await expect(github.isInPull(other, { ...commit, sha }, 1)).rejects.toMatchObject({ code: 'github-not-found' });
  },

  'shows of each context the status that was written last': async ({ github, owner, sha }) => {
    const commit = { fullName: 'demo/shop', sha };
    expect(await github.readStatus(owner, commit, 'yb')).toBeNull();
    await github.writeStatus(owner, commit, status());
    await github.writeStatus(owner, commit, status({ state: 'success', description: '4 tests passed' }));
    await github.writeStatus(owner, commit, status({ state: 'failure', context: 'another' }));
    expect(await github.readStatus(owner, commit, 'yb')).toMatchObject({
      state: 'success',
      description: '4 tests passed',
      targetUrl: 'https://ci.example.com/runs/1',
    });
    expect(await github.readStatus(owner, commit, 'another')).toMatchObject({ state: 'failure' });
  },

  'keeps what was said about a commit, once each time that it is said': async ({ github, owner, sha }) => {
    const commit = { fullName: 'demo/shop', sha };
    expect(await github.comments(owner, commit)).toEqual([]);
    await github.comment(owner, commit, '`main` is red <!-- mark -->');
    await github.comment(owner, commit, '`main` is green');
    expect(await github.comments(owner, commit)).toEqual(['`main` is red <!-- mark -->', '`main` is green']);
    const gone = { ...commit, sha: 'f'.repeat(40) };
    await expect(github.comment(owner, gone, 'x')).rejects.toMatchObject({ code: 'github-no-commit' });
  },

  'tells which commits lie between two, and where people look at them': async ({ github, owner, sha }) => {
    const between = async (from: string, to: string) => await github.commitsBetween(owner, 'demo/shop', { from, to });
    expect(await between(sha, sha)).toMatchObject({ commits: [], total: 0, link: expect.stringMatching(/^http/) });
    await expect(between('f'.repeat(40), sha)).rejects.toMatchObject({ code: 'github-not-found' });
  },

  'tells a token that the App was given from any other, the same person’s too': async ({ github, owner, ours }) => {
    expect(await github.isOurs(ours)).toBe(true);
    expect(await github.isOurs(owner)).toBe(ours === owner);
    expect(await github.isOurs('forged')).toBe(false);
  },

  'does not take a code that it did not give': async ({ github }) => {
    await expect(
      github.exchange({ code: 'forged', verifier: 'v', callbackUrl: 'https://ci.example.com/auth/callback' }),
    ).rejects.toMatchObject({ code: 'unauthenticated' });
  },

  'gives the App a token of the repositories on which it is installed, for an hour, and of no others': async ({
    github,
    owner,
    ours,
    other,
    sha,
  }) => {
    const shop = await github.repository(owner, 'demo/shop');
    if (shop === null) throw new Error('it is there');
    expect(await github.isInstalled(ours, shop)).toBe(true);
    expect(await github.isInstalled(ours, { id: '1', ownerId: '1' })).toBe(false);
    const { token, expiresAt } = await github.installationToken(shop, { contents: 'read' });
    expect(expiresAt.getTime()).toBeGreaterThan(Date.parse('2026-01-01'));
    expect(await github.isOurs(token)).toBe(false);
    expect(await github.isOnBranch(token, { fullName: 'demo/shop', sha }, 'main')).toBe(true);
    const elsewhere = { id: '1', fullName: 'demo/shop' };
    const code = expect.stringMatching(/^github-(?:not-found|refused)$/);
    await expect(github.installationToken(elsewhere, { contents: 'read' })).rejects.toMatchObject({ code });
    const also = github.installationToken(shop, { contents: 'read' }, ['1']);
    await expect(also).rejects.toMatchObject({ code: 'github-refused' });
    expect(await github.repository(other, 'demo/shop')).toBeNull();
  },

  'tells what was delivered to a hook, and delivers it again': async ({ github, owner, hookKey }) => {
    const hook = { fullName: 'demo/shop', hookKey };
    const all = await github.deliveries(owner, hook, new Date(0));
    expect(all?.length).toBeGreaterThan(0);
    expect(all?.[0]).toEqual({
      hookId: expect.stringMatching(/^[0-9]+$/),
      id: expect.stringMatching(/^[0-9]+$/),
      guid: expect.any(String),
      deliveredAt: expect.any(Date),
      statusCode: expect.any(Number),
    });
    expect(await github.deliveries(owner, hook, new Date('2100-01-01'))).toEqual([]);
    expect(await github.deliveries(owner, { ...hook, hookKey: 'f'.repeat(32) }, new Date(0))).toBeNull();
    if (all?.[0] !== undefined) await github.redeliver(owner, 'demo/shop', all[0]);
  },

  'does not refresh what it did not give': async ({ github }) => {
    await expect(github.refresh('ghr_forged')).rejects.toMatchObject({ code: 'unauthenticated' });
  },
};

function model(change: (github: GitHub) => Partial<GitHub> = () => ({})): Under {
  const shop = {
    id: '42',
    fullName: 'demo/shop',
    private: true,
    roles: { owner: 'admin' as const },
    branches: ['main'],
  };
  const github = createFakeGitHub(['owner', 'other'], [shop], createManualClock());
  github.elsewhere.add('f'.repeat(40));
  github.elsewhere.add('b'.repeat(40));
  github.pulls.set(1, ['b'.repeat(40)]);
  github.installations.add('42');
  const hookKey = 'a'.repeat(32);
  const delivery = { hookId: '1', id: '2', guid: 'g', deliveredAt: new Date(0), statusCode: 503 };
  github.delivered.set(hookKey, [delivery]);
  return {
    github: { ...github, ...change(github) },
    owner: 'owner',
    other: 'other',
    ours: 'owner',
    sha: 'a'.repeat(40),
    pulled: 'b'.repeat(40),
    hookKey,
  };
}

keepsPromises('the model', promises, async () => await Promise.resolve(model()));

const standIn: { folder: string; server?: GitHubServer; pulled: string } = { folder: '', pulled: '' };
beforeAll(async () => {
  standIn.folder = await mkdtemp(join(tmpdir(), 'yb-test-github-'));
  standIn.server = await startGitHub({ stateDir: standIn.folder });
  await ask('POST', '/user/repos', { name: 'shop', private: true, auto_init: true });
  standIn.pulled = await sendPull();
});
afterAll(async () => {
  await standIn.server?.stop();
  await rm(standIn.folder, { recursive: true, force: true });
});

async function ask(method: string, path: string, body?: object): Promise<unknown> {
  const { apiUrl = '', token = '' } = standIn.server ?? {};
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
  return await response.json();
}

/** Somebody sends a pull request of one commit, and the branch that it was on goes. */
async function sendPull(): Promise<string> {
  const { server } = standIn;
  if (server === undefined) throw new Error('it has started');
  const folder = join(standIn.folder, 'clone');
  await git(standIn.folder, 'clone', '--quiet', cloneAddress(server, 'demo/shop', server.token), folder);
  const sha = await commit(folder, 'Of a pull request');
  await git(folder, 'push', '--quiet', 'origin', 'HEAD:refs/heads/topic');
  await ask('POST', '/repos/demo/shop/pulls', { title: 'Topic', head: 'topic', base: 'main' });
  await git(folder, 'push', '--quiet', 'origin', ':topic');
  return sha;
}

/** A hook that leads nowhere: its ping is the delivery that failed. */
async function hooked(): Promise<string> {
  const hookKey = randomBytes(16).toString('hex');
  const config = { url: `http://127.0.0.1:1/${hookKey}`, content_type: 'json' };
  const { id } = z
    .object({ id: z.number() })
    .parse(await ask('POST', '/repos/demo/shop/hooks', { config, events: ['push'] }));
  for (;;) {
    const deliveries = await ask('GET', `/repos/demo/shop/hooks/${id}/deliveries`);
    if (z.array(z.unknown()).parse(deliveries).length > 0) return hookKey;
    await turn();
  }
}

keepsPromises('the stand-in', promises, async () => {
  const { apiUrl = '', webUrl = '', token = '', otherToken = '', appToken = '', oauth, app } = standIn.server ?? {};
  const { sha } = z.object({ sha: z.string() }).parse(await ask('GET', '/repos/demo/shop/commits/main'));
  const signIn = { webUrl, clientId: oauth?.clientId ?? '', clientSecret: oauth?.clientSecret ?? '' };
  return {
    github: createGitHub({ apiUrl, clock: systemClock, signIn, app: app ?? null }),
    owner: token,
    other: otherToken,
    ours: appToken,
    sha,
    pulled: standIn.pulled,
    hookKey: await hooked(),
  };
});

it('reads again what has not changed by its ETag, and sees what has', async () => {
  const { apiUrl = '', token = '', otherToken = '' } = standIn.server ?? {};
  const answers: number[] = [];
  const counted: typeof fetch = async (...asked) => {
    const answer = await fetch(...asked);
    answers.push(answer.status);
    return answer;
  };
  const github = createGitHub({ apiUrl, clock: systemClock, fetch: counted });
  const { sha } = z.object({ sha: z.string() }).parse(await ask('GET', '/repos/demo/shop/commits/main'));
  const commit = { fullName: 'demo/shop', sha };
  const context = 'by-etag';
  const read = async () => (await github.readStatus(token, commit, context))?.state ?? null;
  expect([await read(), await read()]).toEqual([null, null]);
  expect(answers).toEqual([200, 304]);
  await github.writeStatus(token, commit, status({ context, state: 'success' }));
  expect([await read(), await read()]).toEqual(['success', 'success']);
  expect(answers.slice(2)).toEqual([201, 200, 304]);
  // Another credential's answer is its own.
  await expect(github.readStatus(otherToken, commit, context)).rejects.toMatchObject({ code: 'github-not-found' });
  expect(answers.at(-1)).toBe(404);
});

findsFaults(promises, {
  'that shows everything to everybody': () =>
    model((github) => ({ repository: async (_, fullName) => await github.repository('owner', fullName) })),
  'that takes every token for its own': () => model(() => ({ isOurs: async () => await Promise.resolve(true) })),
  'that vouches for everything': () => model(() => ({ isOnBranch: async () => await Promise.resolve(true) })),
  'that takes every commit for one of a pull request': () =>
    model(() => ({ isInPull: async () => await Promise.resolve(true) })),
  'that shows any hook': () =>
    model((github) => ({
      deliveries: async (token, hook, since) =>
        await github.deliveries(token, { ...hook, hookKey: 'a'.repeat(32) }, since),
    })),
  'that forgets what was said': () =>
    model(() => ({
      comment: async () => {
        await Promise.resolve();
      },
    })),
  'that compares everything with nothing': () =>
    model(() => ({ commitsBetween: async () => await Promise.resolve({ commits: [], total: 0, link: '' }) })),
  'that knows every token': () => model((github) => ({ user: async () => await github.user('owner') })),
  'that shows the first status': () => {
    const first = new Map<string, StatusToShow>();
    return model(() => ({
      writeStatus: async (_, { sha }, written) => {
        if (!first.has(sha + written.context)) first.set(sha + written.context, written);
        await Promise.resolve();
      },
      readStatus: async (_, { sha }, context) => await Promise.resolve(first.get(sha + context) ?? null),
    }));
  },
  'that mixes contexts': () =>
    model((github) => {
      const written: StatusToShow[] = [];
      return {
        writeStatus: async (token, commit, next) => {
          written.unshift(next);
          await github.writeStatus(token, commit, next);
        },
        readStatus: async () => await Promise.resolve(written[0] ?? null),
      };
    }),
});
