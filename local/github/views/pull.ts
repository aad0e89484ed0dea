import type { Pull, Repository, User } from '../state.ts';
import type { Store } from '../store.ts';
import { repositoryView } from './repository.ts';
import { type Urls, nodeId } from './urls.ts';
import { userView } from './user.ts';

export interface PullViewOptions {
  readonly urls: Urls;
  readonly repository: Repository;
  readonly owner: User;
  readonly store: Store;
  /** Where the base branch is now. */
  readonly baseSha?: string;
}

/** A pull request (schema `pull-request-simple`). */
export function pullView(options: PullViewOptions, pull: Pull) {
  const { urls, repository, owner } = options;
  const fullName = `${owner.login}/${repository.name}`;
  const api = `${urls.api}/repos/${fullName}`;
  const url = `${api}/pulls/${String(pull.number)}`;
  const issue = `${api}/issues/${String(pull.number)}`;
  const html = `${urls.web}/${fullName}/pull/${String(pull.number)}`;
  const statuses = `${api}/statuses/${pull.headSha}`;
  const user = userView(urls, options.store.userById(pull.userId) ?? owner);
  const side = (ref: string, sha: string, there: Pick<PullViewOptions, 'repository' | 'owner'>) => ({
    label: `${there.owner.login}:${ref}`,
    ref,
    sha,
    user: userView(urls, there.owner),
    repo: repositoryView({ urls, ...there }),
  });
  const fork = options.store.repositoryById(pull.headRepoId ?? repository.id) ?? repository;
  const source = { repository: fork, owner: options.store.userById(fork.ownerId) ?? owner };
  const links = {
    self: url,
    html,
    issue,
    comments: `${issue}/comments`,
    review_comments: `${url}/comments`,
    review_comment: `${api}/pulls/comments{/number}`,
    commits: `${url}/commits`,
    statuses,
  };
  return {
    url,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: statuses,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user,
    body: pull.body,
    labels: [],
    milestone: null,
    active_lock_reason: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: null,
    merge_commit_sha: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: side(pull.head, pull.headSha, source),
    base: side(pull.base, options.baseSha ?? pull.headSha, { repository, owner }),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: pull.userId === repository.ownerId ? 'OWNER' : 'COLLABORATOR',
    auto_merge: null,
    draft: pull.draft,
  };
}

/** One pull request by itself (schema `pull-request`). */
export function fullPullView(options: PullViewOptions & { readonly commits: number }, pull: Pull) {
  return {
    ...pullView(options, pull),
    merged: false,
    mergeable: null,
    rebaseable: null,
    mergeable_state: 'unknown',
    merged_by: null,
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: options.commits,
    additions: 0,
    deletions: 0,
    changed_files: 0,
  };
}
