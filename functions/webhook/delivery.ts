import * as z from 'zod';
import { YbError } from '../../shared/errors.ts';
import { parseValue } from '../../shared/json.ts';
import { type CommitSummary, personOf, summaryOf } from '../../shared/run/commit.ts';
import type { RunRequested } from '../../shared/messages/messages.ts';
import { skipMarkOf } from '../../shared/run/skip.ts';
import { noCommit, Sha } from '../../shared/ids.ts';
import { runIdOfPull, runIdOfPush } from '../../shared/run/identity.ts';
import { refOfPull } from '../../shared/run/approval.ts';

/** What a delivery whose signature is right asks for. The table for people is in docs/webhook.md. */
export type Asked =
  | { readonly type: 'ping' }
  | { readonly type: 'run'; readonly request: RunRequested }
  /** That somebody looks at these repositories: GitHub says what has become of them. */
  | { readonly type: 'look'; readonly repoIds: readonly string[] }
  | { readonly type: 'nothing'; readonly reason: string };

export interface Delivery {
  /** `X-GitHub-Event` */
  readonly event: string;
  /** `X-GitHub-Delivery` */
  readonly id: string | null;
  readonly payload: unknown;
  /** The repository that the hook belongs to; null for the hook of the GitHub App, which tells of all on which it is installed. */
  readonly repoId: string | null;
  readonly receivedAt: Date;
}

const RepositoryId = z.number().int().min(1);

const DateTime = z.iso.datetime({ offset: true });
const Author = z.object({ name: z.string().nullish(), username: z.string().nullish() });
const Account = z.object({ login: z.string().nullish() }).nullish();
/** A repository, with what an event that asks for a run tells of it. */
const Told = z.object({
  id: RepositoryId,
  full_name: z.string().max(300).nullish(),
  private: z.boolean().nullish(),
  default_branch: z.string().max(1024).nullish(),
});

const Push = z.object({
  ref: z.string().min(1).max(1024),
  before: Sha,
  after: Sha,
  deleted: z.boolean().nullish(),
  repository: Told.extend({
    // Seconds in push payloads, ISO 8601 in others.
    pushed_at: z.union([z.number().min(0).max(1e11), DateTime]).nullish(),
  }),
  sender: Account,
  pusher: Author.nullish(),
  head_commit: z
    .object({
      message: z.string().nullish(),
      timestamp: z.string().nullish(),
      author: Author.nullish(),
    })
    .nullish(),
});

const PullRequest = z.object({
  action: z.string().max(100),
  repository: Told,
  pull_request: z.object({
    number: z.int().min(1).max(9_999_999_999),
    title: z.string().nullish(),
    updated_at: DateTime.nullish(),
    user: Account,
    head: z.object({ sha: Sha, repo: z.object({ id: RepositoryId }).nullish() }),
  }),
  sender: Account,
});

/** What gives a pull request a commit that is to be tested. */
const bringsCommit: ReadonlySet<string> = new Set(['opened', 'reopened', 'synchronize']);

/**
 * Decides what a delivery asks for. Pure.
 * @throws YbError `unprocessable` for a payload that is not what GitHub describes, or of another repository than the hook's
 */
export function askedOf(delivery: Delivery): Asked {
  const { repoId } = delivery;
  if (delivery.event === 'ping') return { type: 'ping' };
  return repoId === null ? askedOfApp(delivery) : askedOfHook({ ...delivery, repoId });
}

type OfHook = Delivery & { readonly repoId: string };

function askedOfHook(delivery: OfHook): Asked {
  switch (delivery.event) {
    case 'push':
      return askedOfPush(delivery);
    case 'pull_request':
      return askedOfPullRequest(delivery);
    case 'repository':
      return askedOfRepository(delivery);
    default:
      return nothing;
  }
}

/** The App hears of what becomes of repositories and of its installations. Pushes are told by each repository's own hook. */
function askedOfApp(delivery: Delivery): Asked {
  switch (delivery.event) {
    case 'repository':
      return askedOfRepository(delivery);
    case 'installation':
      return looksAt(delivery, 'repositories');
    case 'installation_repositories':
      return looksAt(delivery, 'repositories_removed');
    default:
      return nothing;
  }
}

const nothing: Asked = { type: 'nothing', reason: 'events of this kind start nothing' };

function askedOfPush(delivery: OfHook): Asked {
  const push = parseValue(Push, delivery.payload, { what: 'push', code: 'unprocessable' });
  ownRepository(delivery, push.repository.id);
  if (push.deleted === true || /^0+$/.test(push.after))
    return { type: 'nothing', reason: 'the branch or tag was deleted' };
  if (push.ref.startsWith('refs/tags/'))
    return { type: 'nothing', reason: 'tags are not tested: their commits are, on a branch' };
  if (!push.ref.startsWith('refs/heads/')) return { type: 'nothing', reason: 'only branches are tested' };
  const { before, after, ref } = push;
  const pushedAt = timeOf(push.repository.pushed_at);
  const skip = skipMarkOf(push.head_commit?.message ?? '');
  return asksForRun(delivery, push.repository, {
    runId: runIdOfPush({ repoId: delivery.repoId, ref, before, after, pushedAt }),
    ref,
    before,
    sha: after,
    pushedAt,
    trigger: { source: 'push', delivery: delivery.id, actor: personOf(push.sender?.login ?? push.pusher?.name) },
    commit: commitOf(push.head_commit),
    ...(skip === null ? {} : { skip }),
  });
}

function askedOfPullRequest(delivery: OfHook): Asked {
  const {
    action,
    repository,
    pull_request: pull,
    sender,
  } = parseValue(PullRequest, delivery.payload, { what: 'pull_request', code: 'unprocessable' });
  ownRepository(delivery, repository.id);
  if (pull.head.repo?.id === repository.id) return { type: 'nothing', reason: 'the push of its branch is what runs' };
  if (!bringsCommit.has(action)) return { type: 'nothing', reason: 'it brings no commit' };
  const { sha } = pull.head;
  const ref = refOfPull(pull.number);
  return asksForRun(delivery, repository, {
    runId: runIdOfPull({ repoId: delivery.repoId, ref, sha }),
    ref,
    before: noCommit,
    sha,
    pushedAt: timeOf(pull.updated_at),
    trigger: { source: 'pull-request', delivery: delivery.id, actor: personOf(sender?.login ?? pull.user?.login) },
    commit: summaryOf({ message: pull.title ?? '', author: pull.user?.login, committedAt: null }),
  });
}

/** What an event asks for that brings a commit: its own words, and those that each of them says of its repository. */
function asksForRun(
  { repoId, receivedAt }: OfHook,
  repository: z.output<typeof Told>,
  {
    pushedAt,
    ...own
  }: Pick<RunRequested, 'runId' | 'ref' | 'before' | 'sha' | 'trigger' | 'commit' | 'skip'> & {
    readonly pushedAt: Date | null;
  },
): Asked {
  return {
    type: 'run',
    request: {
      v: 1,
      type: 'run.requested',
      repoId,
      ...own,
      pushedAt: pushedAt?.toISOString() ?? null,
      requestedAt: receivedAt.toISOString(),
      defaultBranch: repository.default_branch ?? null,
      fullName: repository.full_name ?? null,
      private: repository.private ?? null,
    },
  };
}

const looked: ReadonlySet<string> = new Set([
  'archived',
  'deleted',
  'edited',
  'privatized',
  'publicized',
  'renamed',
  'transferred',
  'unarchived',
]);
const OfRepository = z.object({ action: z.string().max(100), repository: z.object({ id: RepositoryId }) });

function askedOfRepository(delivery: Delivery): Asked {
  const { action, repository } = parseValue(OfRepository, delivery.payload, {
    what: 'repository',
    code: 'unprocessable',
  });
  if (!looked.has(action)) return { type: 'nothing', reason: 'nothing of it is of interest here' };
  ownRepository(delivery, repository.id);
  return { type: 'look', repoIds: [String(repository.id)] };
}

/** More than GitHub sends in one payload; what is left out is found at its next push. */
const maxRepositories = 1000;
const Repositories = z.array(z.object({ id: RepositoryId })).nullish();
const OfInstallation = z.object({ repositories: Repositories, repositories_removed: Repositories });

function looksAt({ event, payload }: Delivery, which: keyof z.output<typeof OfInstallation>): Asked {
  const told = parseValue(OfInstallation, payload, { what: event, code: 'unprocessable' })[which] ?? [];
  if (told.length === 0) return { type: 'nothing', reason: 'it names no repository' };
  return { type: 'look', repoIds: told.slice(0, maxRepositories).map(({ id }) => String(id)) };
}

/** Who knows one customer's secret must not start anything of another's. The App's hook may tell of all. */
function ownRepository({ repoId }: Delivery, id: number): void {
  if (repoId !== null && String(id) !== repoId)
    throw new YbError('unprocessable', 'this hook belongs to another repository');
}

function timeOf(pushedAt: number | string | null | undefined): Date | null {
  if (pushedAt === null || pushedAt === undefined) return null;
  return new Date(typeof pushedAt === 'number' ? pushedAt * 1000 : pushedAt);
}

function commitOf(commit: z.output<typeof Push>['head_commit']): CommitSummary | null {
  if (commit === null || commit === undefined) return null;
  const { message, timestamp, author } = commit;
  return summaryOf({ message: message ?? '', author: author?.username ?? author?.name, committedAt: timestamp });
}
