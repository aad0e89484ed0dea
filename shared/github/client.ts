import { Octokit } from '@octokit/rest';
import type { Clock } from '../clock.ts';
import { YbError } from '../errors.ts';
import { count } from '../tally.ts';
import { githubError } from './errors.ts';

export interface GitHubScope {
  readonly octokit: Octokit;
  readonly owner: string;
  readonly repo: string;
}

/** Calls GitHub with one credential; every failure comes out as one of our codes. */
export interface GitHubCalls {
  call<Result>(request: (scope: GitHubScope) => Promise<Result>, fullName: string): Promise<Result>;
}

/** Makes {@link GitHubCalls} for a token. */
export type GitHubClients = (token: string) => GitHubCalls;

export function createGitHubClients(options: {
  readonly apiUrl: string;
  readonly clock: Clock;
  readonly timeoutMilliseconds: number;
}): GitHubClients {
  return (token) => ({
    async call(request, fullName) {
      const [owner, repo, more] = fullName.split('/');
      if (owner === undefined || repo === undefined || more !== undefined) {
        throw new YbError('github-not-found', 'a repository is named owner/name');
      }
      const octokit = new Octokit({
        auth: token,
        baseUrl: options.apiUrl,
        userAgent: 'yb',
        request: { fetch: limited(options.timeoutMilliseconds) },
        // Whoever reads a log line finds the failure in ours.
        log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
      });
      count('github');
      try {
        return await request({ octokit, owner, repo });
      } catch (error) {
        throw githubError(error, options.clock.now());
      }
    },
  });
}

function ignore(): void {
  // Nothing is written twice.
}

function limited(timeoutMilliseconds: number): typeof fetch {
  return async (input, init) => await fetch(input, { ...init, signal: AbortSignal.timeout(timeoutMilliseconds) });
}
