import { githubError } from '../../shared/github/errors.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import { YbError } from '../../shared/errors.ts';
import type { GitHub, HookDelivery, PersonsRepository, StatusToShow } from '../../shared/outside/github.ts';
import { sampleSha } from '../support/sample-run.ts';

/** What a person's token may do with a repository. */
export type Role = 'reader' | 'writer' | 'admin';

export interface FakeRepository {
  readonly id: string;
  fullName: string;
  readonly private: boolean;
  readonly roles: Readonly<Record<string, Role>>;
  readonly branches: readonly string[];
  /** Numeric account id; 7 if left out. */
  ownerId?: string;
}

export interface FakeGitHub extends GitHub {
  /** What it was told of each commit, newest first. */
  readonly statuses: Map<string, StatusToShow[]>;
  /** What was said about each commit, in the order in which it was said. */
  readonly comments_: Map<string, string[]>;
  /** The commits of pull requests, by their number. */
  readonly pulls: Map<number, string[]>;
  /** Commits that are on no branch: of a fork, or gone. */
  readonly elsewhere: Set<string>;
  /** With which HTTP status it answers whoever writes a status. */
  answer: number;
  /** What happens before the next statuses are taken, one each. */
  readonly beforeStatus: (() => Promise<void>)[];
  readonly repositories_: FakeRepository[];
  /** How often GitHub was asked. */
  readonly asked: string[];
  /** Tokens that GitHub has stopped to know. */
  readonly revoked: Set<string>;
  /** Numbers of the repositories on which the App is installed. */
  readonly installations: Set<string>;
  /** What was delivered to hooks, by the key in their address. */
  readonly delivered: Map<string, HookDelivery[]>;
  /** What it was asked to deliver again. */
  readonly redelivered: HookDelivery['id'][];
  /** Refresh tokens that are still good, with the token that each of them gives. */
  readonly refreshes: Map<string, string>;
}

/** A GitHub with a few people, whose tokens are their names, and their repositories. */
export function createFakeGitHub(people: readonly string[], repositories: FakeRepository[], clock: Clock): FakeGitHub {
  const asked: string[] = [];
  const revoked = new Set<string>();
  const personOf = (token: string): string => {
    if (!people.includes(token) || revoked.has(token)) throw new YbError('unauthenticated', 'unknown token');
    return token;
  };
  /** What a repository's credential looks like: no person's, and it reads what it was made for. */
  const isCredential = (token: string): boolean => /^(?:ghs|github_pat)_/.test(token) && !revoked.has(token);
  const shown = (token: string, found: FakeRepository | undefined): PersonsRepository | null => {
    const role = isCredential(token) ? 'reader' : found?.roles[personOf(token)];
    if (found === undefined || (role === undefined && found.private)) return null;
    return {
      id: found.id,
      fullName: found.fullName,
      private: found.private,
      defaultBranch: 'main',
      ownerId: found.ownerId ?? '7',
      permissions: { admin: role === 'admin', push: role === 'admin' || role === 'writer', pull: true },
    };
  };
  const ask = async <Result>(question: string, answer: () => Result): Promise<Result> => {
    await Promise.resolve();
    asked.push(question);
    return answer();
  };
  const byName = (fullName: string): FakeRepository | undefined =>
    repositories.find((each) => each.fullName.toLowerCase() === fullName.toLowerCase());
  const mustBeShown = (token: string | null, fullName: string): FakeRepository | undefined => {
    const known = byName(fullName);
    // A credential of a test that is nobody's token reads what it was made for.
    const isHidden = token === null || (people.includes(token) && known?.roles[token] === undefined);
    if (known?.private === true && isHidden)
      throw new YbError('github-not-found', 'GitHub does not show it to this credential');
    return known;
  };
  const statuses = new Map<string, StatusToShow[]>();
  const comments = new Map<string, string[]>();
  const beforeStatus: (() => Promise<void>)[] = [];
  const model: FakeGitHub = {
    answer: 201,
    installations: new Set(),
    isInstalled: async (token, { id }) =>
      await ask(`installed on ${id}`, () => {
        personOf(token);
        return model.installations.has(id);
      }),
    installationToken: async ({ id, fullName }, permissions, also = []) =>
      await ask(`token of ${[fullName, ...also].join(' and ')} for ${JSON.stringify(permissions)}`, () => {
        // A former name leads on to the repository, as long as nobody else has it.
        const other = byName(fullName);
        const known = other !== undefined && other.id !== id ? undefined : repositories.find((each) => each.id === id);
        if (known === undefined || !model.installations.has(id))
          throw new YbError('github-not-found', 'GitHub does not show it to this credential');
        if (!also.every((each) => model.installations.has(each)))
          throw new YbError('github-refused', 'GitHub refuses it (422)');
        return { token: `ghs_${[id, ...also].join('_')}`, expiresAt: new Date(clock.now().getTime() + 3_600_000) };
      }),
    statuses,
    delivered: new Map(),
    redelivered: [],
    deliveries: async (_token, { hookKey }, since) =>
      await ask(`deliveries of ${hookKey}`, () => {
        const all = model.delivered.get(hookKey);
        return all === undefined ? null : all.filter(({ deliveredAt }) => deliveredAt >= since);
      }),
    redeliver: async (_token, _fullName, { id }) =>
      await ask(`redeliver ${id}`, () => {
        model.redelivered.push(id);
      }),
    beforeStatus,
    elsewhere: new Set(),
    async isOnBranch(token, { fullName, sha }, branch) {
      return await ask(`branch ${branch} of ${fullName}`, () => {
        const known = mustBeShown(token, fullName);
        return !model.elsewhere.has(sha) && known?.branches.includes(branch) !== false;
      });
    },
    pulls: new Map(),
    async isInPull(token, { fullName, sha }, pull) {
      return await ask(`pull ${pull} of ${fullName}`, () => {
        mustBeShown(token, fullName);
        return model.pulls.get(pull)?.includes(sha) === true;
      });
    },
    // Tokens that other programs were given begin so.
    isOurs: async (token) =>
      await ask('token', () => people.includes(token) && !revoked.has(token) && !token.startsWith('foreign-')),
    exchange: async ({ code }) =>
      await ask('exchange', () => {
        // A person's code is the person's name, as its token is.
        if (!people.includes(code)) throw new YbError('unauthenticated', 'GitHub refused the sign-in');
        return { token: code, expiresAt: null, refreshToken: null };
      }),
    refresh: async (refreshToken) =>
      await ask('refresh', () => {
        const token = model.refreshes.get(refreshToken);
        model.refreshes.delete(refreshToken);
        if (token === undefined) throw new YbError('unauthenticated', 'GitHub refused the sign-in');
        const next = `${refreshToken}+`;
        model.refreshes.set(next, token);
        return { token, expiresAt: new Date(clock.now().getTime() + 8 * 3_600_000), refreshToken: next };
      }),
    comments_: comments,
    commitsBetween: async (_token, fullName, { from, to }) =>
      await ask(`commits between ${from} and ${to}`, () => {
        const gone = [from, to].some((sha) => model.elsewhere.has(sha));
        if (gone) throw new YbError('github-not-found', 'GitHub does not show it to this credential');
        const commits = from === to ? [] : [{ sha: to, subject: `Subject of ${to.slice(0, 7)}`, author: 'mira' }];
        return { commits, total: commits.length, link: `https://github.com/${fullName}/compare/${from}...${to}` };
      }),
    comments: async (_token, { sha }) => await ask(`comments of ${sha}`, () => [...(comments.get(sha) ?? [])]),
    comment: async (_token, { sha }, body) =>
      await ask(`comment on ${sha}`, () => {
        if (model.elsewhere.has(sha)) throw new YbError('github-no-commit', 'GitHub does not have the commit');
        comments.set(sha, [...(comments.get(sha) ?? []), body]);
      }),
    readStatus: async (_token, { sha }, context) =>
      await ask(`statuses of ${sha}`, () => statuses.get(sha)?.find((one) => one.context === context) ?? null),
    async writeStatus(_token, { sha }, status) {
      await ask(`status of ${sha}`, () => undefined);
      await beforeStatus.shift()?.();
      if (model.answer !== 201) throw githubError({ status: model.answer, response: { headers: {} } }, clock.now());
      statuses.set(sha, [status, ...(statuses.get(sha) ?? [])]);
    },
    refreshes: new Map(),
    repositories_: repositories,
    asked,
    revoked,
    repository: async (token, fullName) => await ask(`repository ${fullName}`, () => shown(token, byName(fullName))),
    repositoryById: async (token, repoId) =>
      await ask(`repository #${repoId}`, () =>
        shown(
          token,
          repositories.find(({ id }) => id === repoId),
        ),
      ),
    repositories: async (token) =>
      await ask('repositories', () =>
        repositories
          .filter(({ roles }) => roles[personOf(token)] !== undefined)
          .map((each) => shown(token, each))
          .filter((each) => each !== null),
      ),
    user: async (token) => await ask('user', () => ({ id: `id-${token}`, login: personOf(token) })),
    resolveRef: async (token, fullName, ref) =>
      await ask(`ref ${ref}`, () => {
        personOf(token);
        const branch = ref.replace('refs/heads/', '');
        if (byName(fullName)?.branches.includes(branch) !== true) return null;
        return { ref, sha: sampleSha(9), commit: { subject: `Tip of ${branch}`, author: 'mira', committedAt: null } };
      }),
    examine: async (token, fullName) =>
      await ask(`examine ${fullName}`, () => ({
        repository: shown(token.replace('classic-', ''), byName(fullName)),
        readsCode: true,
        broad: token.startsWith('classic-'),
      })),
  };
  return model;
}
