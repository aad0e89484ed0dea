import githubAppJwt from 'universal-github-app-jwt';
import * as z from 'zod';
import { YbError } from '../errors.ts';
import type { Clock } from '../outside/clock.ts';
import type { GitHubOfRepositories } from '../outside/github.ts';
import { type GitHubCaller, readAnswer, requireParts } from './caller.ts';

/** Of the App that an installation of this system is at GitHub. */
export interface AppOptions {
  readonly id: string;
  /** PEM, as GitHub hands it out. */
  readonly privateKey: string;
  readonly clock: Clock;
}

const Installation = z.object({ id: z.number().int() });
const Token = z.object({ token: z.string().min(1).max(1024), expires_at: z.iso.datetime({ offset: true }) });

/**
 * Tokens of the App's installations
 * (https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app). Which installation has the repository is
 * asked of GitHub each time: it changes when people install the App anew, and nobody else's word counts.
 */
export function createInstallationTokens(
  call: GitHubCaller,
  options: AppOptions | null,
): GitHubOfRepositories['installationToken'] {
  return async ({ id, fullName }, permissions, also = []) => {
    if (options === null) throw new YbError('github-unauthorized', 'this system is no GitHub App');
    const parts = requireParts(fullName);
    const now = Math.floor(options.clock.now().getTime() / 1000);
    const { token: jwt } = await githubAppJwt({ id: options.id, privateKey: options.privateKey, now });
    return await call(jwt, async (octokit) => {
      const installation = await octokit.request('GET /repos/{owner}/{repo}/installation', parts);
      const asked = await octokit.request('POST /app/installations/{installation_id}/access_tokens', {
        installation_id: readAnswer(Installation, installation.data).id,
        repository_ids: [id, ...also].map(Number),
        permissions,
      });
      const { token, expires_at: expiresAt } = readAnswer(Token, asked.data);
      return { token, expiresAt: new Date(expiresAt) };
    });
  };
}
