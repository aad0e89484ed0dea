import { summaryOf } from '../run/commit.ts';
import type { Octokit } from '@octokit/rest';
import * as z from 'zod';
import { errorCode, YbError } from '../errors.ts';
import { parseValue } from '../json.ts';
import { Sha } from '../ids.ts';
import type { GitHubOfPeople, PersonsRepository } from '../outside/github.ts';
import { type GitHubCaller, nameParts } from './caller.ts';
import { statusOf } from './errors.ts';

const Repository = z
  .object({
    id: z.number().int(),
    full_name: z.string(),
    private: z.boolean(),
    default_branch: z.string(),
    owner: z.object({ id: z.number().int() }),
    permissions: z.object({ admin: z.boolean(), push: z.boolean(), pull: z.boolean() }).partial().nullish(),
  })
  .transform((answer): PersonsRepository => ({
    id: String(answer.id),
    fullName: answer.full_name,
    private: answer.private,
    defaultBranch: answer.default_branch,
    ownerId: String(answer.owner.id),
    permissions: {
      admin: answer.permissions?.admin ?? false,
      push: answer.permissions?.push ?? false,
      // What GitHub shows can be read.
      pull: answer.permissions?.pull ?? true,
    },
  }));

const Installations = z.object({
  installations: z.array(
    z.object({
      id: z.number().int(),
      account: z.object({ id: z.number().int() }).nullish(),
      repository_selection: z.enum(['all', 'selected']),
    }),
  ),
});
const Covered = z.object({ repositories: z.array(z.object({ id: z.number().int() })) });
/** Of a hundred each. */
const maxPages = 20;

const User = z.object({ id: z.number().int(), login: z.string() });

const Commit = z.object({
  sha: Sha,
  author: z.object({ login: z.string().nullish() }).nullish(),
  commit: z.object({
    message: z.string(),
    author: z.object({ name: z.string().nullish() }).nullish(),
    committer: z.object({ date: z.string().nullish() }).nullish(),
  }),
});

/** Questions about and for people, each with the person's own token. */
export function createPeople(call: GitHubCaller): Omit<GitHubOfPeople, 'exchange' | 'refresh' | 'isOurs'> {
  /** Null for what GitHub does not show: a refusal, a 404, or an answer that holds nothing. */
  const ask = async (token: string, path: string, more: Parameters<Octokit['request']>[1] = {}) =>
    await shown(async () => await call(token, async (octokit) => await octokit.request(`GET ${path}`, more)));
  const ofRepository = async (token: string, fullName: string, rest = '', more = {}) => {
    const parts = nameParts(fullName);
    return parts === null ? null : await ask(token, `/repos/{owner}/{repo}${rest}`, { ...parts, ...more });
  };
  const covers = async (token: string, installation: number, repoId: string): Promise<boolean> => {
    for (let page = 1; page <= maxPages; page += 1) {
      const path = '/user/installations/{installation_id}/repositories';
      const answer = await ask(token, path, { installation_id: installation, per_page: 100, page });
      const { repositories } = answer === null ? { repositories: [] } : read(Covered, answer.data);
      if (repositories.some((one) => String(one.id) === repoId)) return true;
      if (repositories.length < 100) return false;
    }
    return false;
  };
  return {
    async repository(token, fullName) {
      const answer = await ofRepository(token, fullName);
      return answer === null ? null : read(Repository, answer.data);
    },
    async repositoryById(token, repoId) {
      const answer = await ask(token, '/repositories/{id}', { id: repoId });
      return answer === null ? null : read(Repository, answer.data);
    },
    async isInstalled(token, { id, ownerId }) {
      for (let page = 1; page <= maxPages; page += 1) {
        const answer = await ask(token, '/user/installations', { per_page: 100, page });
        const { installations } = answer === null ? { installations: [] } : read(Installations, answer.data);
        const own = installations.find(({ account }) => String(account?.id) === ownerId);
        if (own !== undefined) return own.repository_selection === 'all' || (await covers(token, own.id, id));
        if (installations.length < 100) return false;
      }
      return false;
    },
    async repositories(token) {
      const answer = await ask(token, '/user/repos', { sort: 'pushed', per_page: 100 });
      return answer === null ? [] : read(z.array(Repository), answer.data);
    },
    async user(token) {
      const answer = await ask(token, '/user');
      if (answer === null) return null;
      const { id, login } = read(User, answer.data);
      return { id: String(id), login };
    },
    async resolveRef(token, fullName, ref) {
      const answer = await ofRepository(token, fullName, '/commits/{ref}', { ref: ref.replace(/^refs\//, '') });
      if (answer === null) return null;
      const found = read(Commit, answer.data);
      const { message, author, committer } = found.commit;
      const summary = { message, author: found.author?.login ?? author?.name, committedAt: committer?.date };
      return { ref, sha: found.sha, commit: summaryOf(summary) };
    },
    async examine(token, fullName) {
      const answer = await ofRepository(token, fullName);
      if (answer === null) return { repository: null, readsCode: false, broad: false };
      return {
        repository: read(Repository, answer.data),
        readsCode: await readsCode(call, token, fullName),
        // https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps: only broad tokens have scopes.
        broad: answer.headers['x-oauth-scopes'] !== undefined,
      };
    },
  };
}

async function readsCode(call: GitHubCaller, token: string, fullName: string): Promise<boolean> {
  try {
    const tip = await call(token, async (octokit) => {
      const { owner, repo } = nameParts(fullName) ?? { owner: '', repo: '' };
      return await octokit.rest.repos.listCommits({ owner, repo, per_page: 1 });
    });
    return tip.status === 200;
  } catch (error) {
    if (isPassing(error)) throw error;
    // 409: the repository is empty.
    return error instanceof YbError && statusOf(error.cause) === 409;
  }
}

/** @throws YbError `unauthenticated` for a token that GitHub does not know, and what another try may mend */
async function shown<Answer extends { readonly status: number }>(
  question: () => Promise<Answer>,
): Promise<Answer | null> {
  try {
    const answer = await question();
    return answer.status === 200 ? answer : null;
  } catch (error) {
    if (isPassing(error)) throw error;
    if (error instanceof YbError && statusOf(error.cause) === 401) {
      throw new YbError('unauthenticated', 'GitHub does not accept this sign-in', { cause: error });
    }
    return null;
  }
}

function isPassing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'github-unavailable' || code === 'github-rate-limited' || code === 'internal';
}

function read<Schema extends z.ZodType>(schema: Schema, data: unknown): z.output<Schema> {
  return parseValue(schema, data, { what: 'answer of GitHub', code: 'github-unavailable' });
}
