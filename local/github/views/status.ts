import type { CommitState, Repository, Status, User } from '../state.ts';
import { minimalRepositoryView } from './repository.ts';
import { type Urls, nodeId } from './urls.ts';
import { userView } from './user.ts';

export interface StatusViewOptions {
  readonly urls: Urls;
  readonly fullName: string;
  readonly sha: string;
}

/** A status without the one who set it (schema `simple-commit-status`). */
export function simpleStatusView({ urls, fullName, sha }: StatusViewOptions, status: Status) {
  return {
    url: `${urls.api}/repos/${fullName}/statuses/${sha}`,
    avatar_url: `${urls.web}/avatars/${String(status.creatorId)}`,
    id: status.id,
    node_id: nodeId('StatusContext', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}

/** A status (schema `status`). */
export function statusView(options: StatusViewOptions & { readonly creator: User }, status: Status) {
  return { ...simpleStatusView(options, status), creator: userView(options.urls, options.creator) };
}

/** The last status of each context, newest first. */
export function latestByContext(statuses: readonly Status[]): Status[] {
  return [...new Map(statuses.map((status) => [status.context, status])).values()].sort(
    (one, other) => other.id - one.id,
  );
}

/** One state for all contexts: failed if any failed, pending if any still is or there is none. */
export function combinedState(latest: readonly Status[]): CommitState {
  if (latest.some(({ state }) => state === 'error' || state === 'failure')) return 'failure';
  return latest.length === 0 || latest.some(({ state }) => state === 'pending') ? 'pending' : 'success';
}

/** All contexts of a commit, with one state (schema `combined-commit-status`); `page` holds those of the page asked for. */
export function combinedStatusView(
  options: StatusViewOptions & {
    readonly repository: Repository;
    readonly owner: User;
    readonly latest: readonly Status[];
    readonly page: readonly Status[];
  },
) {
  const api = `${options.urls.api}/repos/${options.fullName}`;
  return {
    state: combinedState(options.latest),
    statuses: options.page.map((status) => simpleStatusView(options, status)),
    sha: options.sha,
    total_count: options.latest.length,
    repository: minimalRepositoryView(options),
    commit_url: `${api}/commits/${options.sha}`,
    url: `${api}/commits/${options.sha}/status`,
  };
}
