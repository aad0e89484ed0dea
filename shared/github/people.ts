import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { YbError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { count } from '../tally.ts';
import { type Answer, createGitHubRequests } from './requests.ts';

/** A repository as GitHub shows it to one person, with what that person may do. */
export interface PersonsRepository {
  readonly id: string;
  readonly fullName: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  /** Numeric account id. */
  readonly ownerId: string;
  readonly permissions: { readonly admin: boolean; readonly push: boolean; readonly pull: boolean };
}

export interface Person {
  readonly id: string;
  readonly login: string;
}

export interface ResolvedRef {
  /** In full. */
  readonly ref: string;
  readonly sha: string;
  readonly commit: { readonly subject: string; readonly author: string | null; readonly committedAt: string | null };
}

/**
 * GitHub as people see it: every question is asked with the person's own token, so that GitHub's answer is that person's
 * right. `null` means that GitHub does not show it to this token, which is all that anybody is told.
 * @throws YbError `unauthenticated` if GitHub does not know the token, `github-rate-limited`, `github-unavailable`
 */
export interface PeopleGitHub {
  /** Follows renames: the answer may have another name than was asked for. */
  repository(token: string, fullName: string): Promise<PersonsRepository | null>;
  repositoryById(token: string, repoId: string): Promise<PersonsRepository | null>;
  /** The repositories that the person used last, at most 100. */
  repositories(token: string): Promise<PersonsRepository[]>;
  /** Null for a token that is nobody's (an installation's). */
  user(token: string): Promise<Person | null>;
  /** Null if there is no such branch. `ref` is in full and a branch. */
  resolveRef(token: string, fullName: string, ref: string): Promise<ResolvedRef | null>;
  /** What a repository's credential is worth: whether it can read the code, and whether it reaches beyond it. */
  examine(token: string, fullName: string): Promise<TokenExamination>;
}

export interface TokenExamination {
  readonly repository: PersonsRepository | null;
  readonly readsCode: boolean;
  /** A classic or OAuth token: good for everything that its person may do. */
  readonly broad: boolean;
}

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

const User = z.object({ id: z.number().int(), login: z.string() });

const Commit = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/),
  author: z.object({ login: z.string().nullish() }).nullish(),
  commit: z.object({
    message: z.string(),
    author: z.object({ name: z.string().nullish() }).nullish(),
    committer: z.object({ date: z.string().nullish() }).nullish(),
  }),
});

export function createPeopleGitHub(options: {
  readonly apiUrl: string;
  readonly clock: Clock;
  readonly timeoutMilliseconds: number;
  readonly fetch?: typeof fetch;
}): PeopleGitHub {
  const request = createGitHubRequests(options);
  const get = async (token: string, path: string): Promise<Answer | null> => {
    count('github');
    const answer = await request(token, path);
    if (answer.status === 401) throw new YbError('unauthenticated', 'GitHub does not accept this sign-in');
    if (answer.status >= 500) throw new YbError('github-unavailable', `GitHub answered ${answer.status}`);
    return answer.status === 200 ? answer : null;
  };
  const ofRepository = async (token: string, fullName: string, rest: string): Promise<Answer | null> =>
    isFullName(fullName) ? await get(token, `/repos/${fullName}${rest}`) : null;
  return {
    async repository(token, fullName) {
      const answer = await ofRepository(token, fullName, '');
      return answer === null ? null : read(Repository, answer);
    },
    async repositoryById(token, repoId) {
      const answer = await get(token, `/repositories/${encodeURIComponent(repoId)}`);
      return answer === null ? null : read(Repository, answer);
    },
    async repositories(token) {
      const answer = await get(token, '/user/repos?sort=pushed&per_page=100');
      return answer === null ? [] : read(z.array(Repository), answer);
    },
    async user(token) {
      const answer = await get(token, '/user');
      if (answer === null) return null;
      const { id, login } = read(User, answer);
      return { id: String(id), login };
    },
    async resolveRef(token, fullName, ref) {
      const answer = await ofRepository(token, fullName, `/commits/${encodeURIComponent(ref.replace(/^refs\//, ''))}`);
      if (answer === null) return null;
      const found = read(Commit, answer);
      const [subject = ''] = found.commit.message.split('\n', 1);
      const author = found.author?.login ?? found.commit.author?.name ?? null;
      const committedAt = z.iso.datetime({ offset: true }).safeParse(found.commit.committer?.date);
      return {
        ref,
        sha: found.sha,
        commit: {
          subject: cut(subject, 200),
          author: author === null ? null : cut(author, 100),
          committedAt: committedAt.success ? committedAt.data : null,
        },
      };
    },
    async examine(token, fullName) {
      const answer = await ofRepository(token, fullName, '');
      if (answer === null) return { repository: null, readsCode: false, broad: false };
      count('github');
      const tip = await request(token, `/repos/${fullName}/commits?per_page=1`);
      return {
        repository: read(Repository, answer),
        // 409: the repository is empty.
        readsCode: tip.status === 200 || tip.status === 409,
        // https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps: only broad tokens have scopes.
        broad: answer.scopes !== null,
      };
    },
  };
}

function read<Schema extends z.ZodType>(schema: Schema, answer: Answer): z.output<Schema> {
  return parseJson(schema, answer.text, { what: 'answer of GitHub', code: 'github-unavailable' });
}

/** Whether it can be the name of a repository at all: then it is safe in a path. */
function isFullName(fullName: string): boolean {
  return /^[\w-]{1,100}\/(?!\.{1,2}$)[\w.-]{1,100}$/.test(fullName);
}

/** At most `length` UTF-16 units, never half a character. */
function cut(text: string, length: number): string {
  const part = text.slice(0, length);
  return /[\uD800-\uDBFF]$/.test(part) ? part.slice(0, -1) : part;
}
