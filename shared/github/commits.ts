import type { Octokit } from '@octokit/rest';
import { YbError } from '../errors.ts';
import { statusOf } from './errors.ts';
import type { GitHubOfRepositories } from '../outside/github.ts';
import { type GitHubCaller, requireParts } from './caller.ts';

/** The longest description that GitHub takes. */
const longestDescription = 140;
const comparedAtOnce = 20;
const commentPages = 3;

/** Questions about commits and their statuses, with a repository's credential. */
export function createCommits(
  call: GitHubCaller,
): Omit<GitHubOfRepositories, 'installationToken' | 'deliveries' | 'redeliver'> {
  return {
    async isOnBranch(token, commit, branch) {
      const { owner, repo } = requireParts(commit.fullName);
      return await call(
        token,
        async (octokit) => await isReached(octokit, { owner, repo, from: branch, sha: commit.sha }),
      );
    },
    async isInPull(token, commit, pull) {
      const { owner, repo } = requireParts(commit.fullName);
      const { sha } = commit;
      return await call(token, async (octokit) => {
        const head = await headOfPull(octokit, { owner, repo, pull });
        return head !== null && (head === sha || (await isReached(octokit, { owner, repo, from: head, sha })));
      });
    },
    async commitsBetween(token, fullName, { from, to }) {
      const { owner, repo } = requireParts(fullName);
      return await call(token, async (octokit) => {
        const basehead = `${from}...${to}`;
        const { data } = await octokit.rest.repos.compareCommitsWithBasehead({
          owner,
          repo,
          basehead,
          per_page: comparedAtOnce,
        });
        const commits = data.commits.map(({ sha, commit, author }) => ({
          sha,
          subject: commit.message.split('\n', 1)[0] ?? '',
          author: author?.login ?? commit.author?.name ?? null,
        }));
        return { commits, total: data.total_commits, link: data.html_url };
      });
    },
    async comments(token, commit) {
      const { owner, repo } = requireParts(commit.fullName);
      return await call(token, async (octokit) => {
        const bodies: string[] = [];
        for (let page = 1; page <= commentPages; page += 1) {
          const { data } = await octokit.rest.repos.listCommentsForCommit({
            owner,
            repo,
            commit_sha: commit.sha,
            per_page: 100,
            page,
          });
          bodies.push(...data.map(({ body }) => body));
          if (data.length < 100) break;
        }
        return bodies;
      });
    },
    async comment(token, commit, body) {
      const { owner, repo } = requireParts(commit.fullName);
      await call(token, async (octokit) => {
        await octokit.rest.repos.createCommitComment({ owner, repo, commit_sha: commit.sha, body });
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

/** Whether the commit is the one that a branch or commit names, or behind it. */
async function isReached(
  octokit: Octokit,
  {
    owner,
    repo,
    from,
    sha,
  }: { readonly owner: string; readonly repo: string; readonly from: string; readonly sha: string },
): Promise<boolean> {
  try {
    const basehead = `${from}...${sha}`;
    const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ owner, repo, basehead, per_page: 1 });
    return data.status === 'identical' || data.status === 'behind';
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return await nothingOf(octokit, { owner, repo }, false);
  }
}

/** Asked as a ref, which a right to read the code is enough for: pull requests themselves need one more. */
async function headOfPull(
  octokit: Octokit,
  { owner, repo, pull }: { readonly owner: string; readonly repo: string; readonly pull: number },
): Promise<string | null> {
  try {
    const { data } = await octokit.rest.git.getRef({ owner, repo, ref: `pull/${pull}/head` });
    return data.object.sha;
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    return await nothingOf(octokit, { owner, repo }, null);
  }
}

/** What is asked for is not there, or the whole repository is not: the last is no answer. */
async function nothingOf<Answer>(
  octokit: Octokit,
  repository: { readonly owner: string; readonly repo: string },
  answer: Answer,
): Promise<Answer> {
  await octokit.rest.repos.get(repository);
  return answer;
}
