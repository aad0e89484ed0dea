import type { Commit } from '../git/commit-object.ts';
import type { ChangedPaths, History } from '../git/history.ts';
import { type Ref, type Repositories, zeroSha } from '../git/repositories.ts';
import type { RefChange, Repository, User } from '../state.ts';
import { userOf } from '../views/commit.ts';
import { pushedRepositoryView } from '../views/repository.ts';
import { type Urls, escapePath } from '../views/urls.ts';
import { hiddenEmail, userView } from '../views/user.ts';

/** GitHub lists so many commits of one push, the newest. */
const maxCommits = 2048;

/** One changed ref of a push, with all that its payload is made of. */
export interface PushEvent {
  readonly urls: Urls;
  /** As they were right after the push. */
  readonly repository: Repository;
  readonly owner: User;
  readonly users: readonly User[];
  readonly pusher: User;
  readonly change: RefChange;
  /** All that the same push changed. */
  readonly changes: readonly RefChange[];
  /** The branches as they were right after the push. */
  readonly branches: readonly Ref[];
}

interface GitParts {
  readonly repositories: Repositories;
  readonly history: History;
}

/** The payload of a `push` event (https://docs.github.com/webhooks/webhook-events-and-payloads#push). */
export async function pushPayload({ repositories, history }: GitParts, event: PushEvent) {
  const { urls, repository, owner, pusher } = event;
  const { ref, before, after } = event.change;
  const id = repository.id;
  const created = before === zeroSha;
  const deleted = after === zeroSha;
  const html = `${urls.web}/${owner.login}/${repository.name}`;

  // An annotated tag is peeled to its commit; a tag of anything else has none.
  const commit = deleted ? null : await repositories.resolveCommit(id, after);
  const elsewhere = branchesBefore(event);
  const shas = commit === null ? [] : await newCommits({ history, event, commit, elsewhere });
  const wanted = commit === null || shas.includes(commit) ? shas : [...shas, commit];
  const [objects, paths] = await Promise.all([history.commits(id, wanted), history.changedPaths(id, wanted)]);
  const views = new Map(
    objects.map((object) => [object.sha, pushedCommitView({ event, html, object, paths: paths.get(object.sha) })]),
  );

  return {
    ref,
    before,
    after,
    repository: pushedRepositoryView({ urls, repository, owner }),
    pusher: { name: pusher.login, email: hiddenEmail(pusher) },
    sender: userView(urls, pusher),
    created,
    deleted,
    forced: !created && !deleted && !(await repositories.isAncestor(id, before, after)),
    base_ref: created && commit !== null ? baseRef(repository.defaultBranch, elsewhere, commit) : null,
    compare: compareAddress(html, event.change, shas),
    commits: shas.flatMap((sha) => views.get(sha) ?? []),
    head_commit: commit === null ? null : (views.get(commit) ?? null),
  };
}

/** Every branch but the pushed one, as it was before the push: what it held is not new. */
function branchesBefore(event: PushEvent): Map<string, string> {
  const branches = new Map(event.branches.map(({ ref, sha }) => [ref, sha]));
  for (const { ref, before } of event.changes) {
    if (before === zeroSha) branches.delete(ref);
    else if (ref.startsWith('refs/heads/')) branches.set(ref, before);
  }
  branches.delete(event.change.ref);
  return branches;
}

/** The commits that the push brought to this ref, oldest first. */
async function newCommits(options: {
  readonly history: History;
  readonly event: PushEvent;
  readonly commit: string;
  readonly elsewhere: ReadonlyMap<string, string>;
}): Promise<string[]> {
  const { ref, before } = options.event.change;
  if (!ref.startsWith('refs/heads/')) return [];
  const exclude = before === zeroSha ? [...new Set(options.elsewhere.values())] : [before];
  const shas = await options.history.list(options.event.repository.id, {
    include: options.commit,
    exclude,
    limit: maxCommits,
  });
  return shas.reverse();
}

/** The branch that already was where the new ref is now. */
function baseRef(defaultBranch: string, elsewhere: ReadonlyMap<string, string>, commit: string): string | null {
  const main = `refs/heads/${defaultBranch}`;
  if (elsewhere.get(main) === commit) return main;
  return [...elsewhere].find(([, sha]) => sha === commit)?.[0] ?? null;
}

function compareAddress(html: string, { ref, before, after }: RefChange, shas: readonly string[]): string {
  if (before !== zeroSha) return `${html}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`;
  const [oldest] = shas;
  if (oldest !== undefined) return `${html}/compare/${oldest.slice(0, 12)}^...${after.slice(0, 12)}`;
  return `${html}/compare/${escapePath(ref.replace(/^refs\/(heads|tags)\//, ''))}`;
}

function pushedCommitView(options: {
  readonly event: PushEvent;
  readonly html: string;
  readonly object: Commit;
  readonly paths: ChangedPaths | undefined;
}) {
  const { event, object, paths } = options;
  const person = (signature: Commit['author']) => {
    const user = userOf(event.users, signature);
    const { name, email, date } = signature;
    return { name, email, date, ...(user === null ? {} : { username: user.login }) };
  };
  return {
    id: object.sha,
    tree_id: object.tree,
    distinct: true,
    message: object.message,
    timestamp: object.committer.date,
    url: `${options.html}/commit/${object.sha}`,
    author: person(object.author),
    committer: person(object.committer),
    added: paths?.added ?? [],
    removed: paths?.removed ?? [],
    modified: paths?.modified ?? [],
  };
}
