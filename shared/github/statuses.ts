import { YbError } from '../errors.ts';
import type { CommitStatus } from '../run/status.ts';
import type { GitHubCalls } from './client.ts';

/** The status of context `yb` that GitHub shows of a commit, or null. Newest counts; GitHub lists newest first. */
export async function readStatus(
  github: GitHubCalls,
  commit: { readonly fullName: string; readonly sha: string },
): Promise<{ readonly state: string; readonly description: string | null; readonly targetUrl: string | null } | null> {
  const statuses = await github.call(async ({ octokit, owner, repo }) => {
    const { data } = await octokit.rest.repos.listCommitStatusesForRef({ owner, repo, ref: commit.sha, per_page: 100 });
    return data;
  }, commit.fullName);
  const ours = statuses.find(({ context }) => context === 'yb');
  return ours === undefined ? null : { state: ours.state, description: ours.description, targetUrl: ours.target_url };
}

/**
 * Makes GitHub show a status. Not idempotent: each call adds an entry to the commit's list (at most 1,000 of a context).
 * @throws YbError `github-refused` or `github-not-found` if it never will, others if it may later.
 */
export async function writeStatus(
  github: GitHubCalls,
  commit: { readonly fullName: string; readonly sha: string; readonly status: CommitStatus },
): Promise<void> {
  const { state, description, targetUrl, context } = commit.status;
  if (description.length > 140) throw new YbError('github-refused', 'a status text is longer than 140 characters');
  await github.call(async ({ octokit, owner, repo }) => {
    await octokit.rest.repos.createCommitStatus({
      owner,
      repo,
      sha: commit.sha,
      state,
      description,
      target_url: targetUrl,
      context,
    });
  }, commit.fullName);
}
