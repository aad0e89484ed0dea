import type { Commit, Signature } from '../git/commit-object.ts';
import type { ChangedFile } from '../git/history.ts';
import type { User } from '../state.ts';
import { type Urls, escapePath, nodeId } from './urls.ts';
import { hiddenEmail, userView } from './user.ts';

export interface CommitViewOptions {
  readonly urls: Urls;
  readonly fullName: string;
  readonly users: readonly User[];
}

/** GitHub tells a commit's times in UTC. */
function signatureView({ name, email, date }: Signature) {
  return { name, email, date: `${new Date(date).toISOString().slice(0, 19)}Z` };
}

/** The user whose address stands in a signature: only the hidden one is known here. */
export function userOf(users: readonly User[], signature: Signature): User | null {
  return users.find((user) => hiddenEmail(user) === signature.email) ?? null;
}

/** The commit as git has it (schema `git-commit`, part of `commit`). */
export function innerCommitView({ urls, fullName }: CommitViewOptions, commit: Commit) {
  const api = `${urls.api}/repos/${fullName}`;
  return {
    author: signatureView(commit.author),
    committer: signatureView(commit.committer),
    message: commit.message,
    tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
    url: `${api}/git/commits/${commit.sha}`,
    comment_count: 0,
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
  };
}

/** A commit in lists (schema `commit`). */
export function commitView(options: CommitViewOptions, commit: Commit) {
  const { urls, users } = options;
  const api = `${urls.api}/repos/${options.fullName}`;
  const html = `${urls.web}/${options.fullName}`;
  const author = userOf(users, commit.author);
  const committer = userOf(users, commit.committer);
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', commit.sha),
    commit: innerCommitView(options, commit),
    url: `${api}/commits/${commit.sha}`,
    html_url: `${html}/commit/${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    author: author === null ? null : userView(urls, author),
    committer: committer === null ? null : userView(urls, committer),
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${html}/commit/${sha}` })),
  };
}

const fileStatus: Readonly<Record<string, string>> = { A: 'added', D: 'removed', M: 'modified', T: 'changed' };

/** A changed file (schema `diff-entry`), without its patch. */
export function fileView({ urls, fullName }: CommitViewOptions, commitSha: string, file: ChangedFile) {
  const path = escapePath(file.path);
  return {
    sha: file.blob,
    filename: file.path,
    status: fileStatus[file.status] ?? 'modified',
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${urls.web}/${fullName}/blob/${commitSha}/${path}`,
    raw_url: `${urls.web}/${fullName}/raw/${commitSha}/${path}`,
    contents_url: `${urls.api}/repos/${fullName}/contents/${path}?ref=${commitSha}`,
  };
}

/** One commit with its files, of which GitHub tells 300 (schema `commit`). */
export function fullCommitView(options: CommitViewOptions, commit: Commit, files: readonly ChangedFile[]) {
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return {
    ...commitView(options, commit),
    stats: { total: additions + deletions, additions, deletions },
    files: files.slice(0, 300).map((file) => fileView(options, commit.sha, file)),
  };
}
