import { atLeast, roleOf } from '../access.ts';
import type { Repository, User } from '../state.ts';
import { toUnix } from '../time.ts';
import { type Urls, nodeId } from './urls.ts';
import { hiddenEmail, userView } from './user.ts';

/** Addresses below a repository's own: name of the field, and the rest of the path. */
const addresses: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

export interface RepositoryViewOptions {
  readonly urls: Urls;
  readonly repository: Repository;
  readonly owner: User;
}

/** What every view of a repository has (schema `minimal-repository`). */
export function minimalRepositoryView({ urls, repository, owner }: RepositoryViewOptions) {
  const fullName = `${owner.login}/${repository.name}`;
  const url = `${urls.api}/repos/${fullName}`;
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: fullName,
    private: repository.private,
    owner: userView(urls, owner),
    html_url: `${urls.web}/${fullName}`,
    description: repository.description,
    fork: repository.forkOf !== null,
    url,
    ...Object.fromEntries(Object.entries(addresses).map(([field, rest]) => [field, `${url}${rest}`])),
  };
}

/** A repository in lists and payloads (schema `repository`). */
export function repositoryView(options: RepositoryViewOptions) {
  const { urls, repository } = options;
  const view = minimalRepositoryView(options);
  return {
    ...view,
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    pushed_at: repository.pushedAt,
    git_url: `${urls.git}/${view.full_name}.git`,
    ssh_url: `${urls.git}/${view.full_name}.git`,
    clone_url: `${urls.git}/${view.full_name}.git`,
    svn_url: view.html_url,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: false,
    has_projects: false,
    has_downloads: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: repository.archived,
    disabled: false,
    open_issues_count: 0,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? 'private' : 'public',
    forks: 0,
    open_issues: 0,
    watchers: 0,
    default_branch: repository.defaultBranch,
  };
}

/** A repository as one caller sees it, with his rights on it (schema `full-repository`). */
export function fullRepositoryView(options: RepositoryViewOptions & { readonly viewer: User | null }) {
  const role = roleOf(options.repository, options.viewer?.id);
  const permissions = {
    admin: atLeast(role, 'admin'),
    maintain: atLeast(role, 'maintain'),
    push: atLeast(role, 'push'),
    triage: atLeast(role, 'triage'),
    pull: atLeast(role, 'pull'),
  };
  return {
    ...repositoryView(options),
    ...(options.viewer === null ? {} : { permissions }),
    network_count: 0,
    subscribers_count: 0,
  };
}

/** A repository in the payload of a push: two times are Unix seconds there, and `url` is that of the page. */
export function pushedRepositoryView(options: RepositoryViewOptions) {
  const view = repositoryView(options);
  return {
    ...view,
    owner: { name: options.owner.login, email: hiddenEmail(options.owner), ...view.owner },
    url: view.html_url,
    created_at: toUnix(view.created_at),
    pushed_at: toUnix(view.pushed_at),
    stargazers: 0,
    master_branch: view.default_branch,
  };
}
