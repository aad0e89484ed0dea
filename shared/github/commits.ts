import { YbError } from '../errors.ts';
import { statusOf } from './errors.ts';
import type { GitHubOfRepositories } from '../outside/github.ts';
import { type GitHubCaller, requireParts } from './caller.ts';

/** The longest description that GitHub takes. */
const longestDescription = 140;

/** Questions about commits and their statuses, with a repository's credential. */
export function createCommits(
  call: GitHubCaller,
): Omit<GitHubOfRepositories, 'installationToken' | 'deliveries' | 'redeliver'> {
  return {
    async isOnBranch(token, commit, branch) {
      const { owner, repo } = requireParts(commit.fullName);
      return await call(token, async (octokit) => {
        try {
          const basehead = `${branch}...${commit.sha}`;
          const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ owner, repo, basehead, per_page: 1 });
          return data.status === 'identical' || data.status === 'behind';
        } catch (error) {
          if (statusOf(error) !== 404) throw error;
          // Branch, commit, a common ancestor or the whole repository: the last is no answer.
          await octokit.rest.repos.get({ owner, repo });
          return false;
        }
      });
    },
    async readStatus(token, commit, context) {
      const { owner, repo } = requireParts(commit.fullName);
      const statuses = await call(token, async (octokit) => {
        // Newest first.
        const { data } = await octokit.rest.repos.listCommitStatusesForRef({
          owner,
          repo,
          ref: commit.sha,
          per_page: 100,
        });
        return data;
      });
      const ours = statuses.find((status) => status.context === context);
      return ours === undefined
        ? null
        : { state: ours.state, description: ours.description, targetUrl: ours.target_url };
    },
    async writeStatus(token, commit, { state, description, targetUrl, context }) {
      if (description.length > longestDescription) {
        throw new YbError('github-refused', `a status text is longer than ${longestDescription} characters`);
      }
      const { owner, repo } = requireParts(commit.fullName);
      await call(token, async (octokit) => {
        await octokit.rest.repos.createCommitStatus({
          owner,
          repo,
          sha: commit.sha,
          state,
          description,
          target_url: targetUrl,
          context,
        });
      });
    },
  };
}
