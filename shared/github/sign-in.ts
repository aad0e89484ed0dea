import * as z from 'zod';
import { YbError } from '../errors.ts';
import type { GitHubCaller } from './caller.ts';
import { statusOf } from './errors.ts';
import { parseJson } from '../json.ts';
import { limitedText } from '../limited-body.ts';
import type { Clock } from '../outside/clock.ts';
import type { GitHubOfPeople, Grant } from '../outside/github.ts';
import { count } from '../tally.ts';

export interface SignInOptions {
  /** Of GitHub's pages, not of its API. */
  readonly webUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly timeoutMilliseconds: number;
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
}

/** GitHub answers 200 with `error` for what it refuses. */
const Exchanged = z.object({
  access_token: z.string().min(1).max(1024).optional(),
  expires_in: z.number().positive().optional(),
  refresh_token: z.string().min(1).max(1024).optional(),
  error: z.string().optional(),
});
const maxAnswerBytes = 64 * 1024;

/**
 * The second half of GitHub's web flow, and the refreshing of what it gave
 * (https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens): forms to a
 * page of GitHub, no request to its API.
 */
export function createExchange(options: SignInOptions): Pick<GitHubOfPeople, 'exchange' | 'refresh'> {
  const ask = async (fields: Readonly<Record<string, string>>): Promise<Grant> => {
    count('github');
    const askedAt = options.clock.now().getTime();
    const { clientId, clientSecret } = options;
    const text = await post(options, { client_id: clientId, client_secret: clientSecret, ...fields });
    const answer = parseJson(Exchanged, text, { what: 'answer of GitHub', code: 'github-unavailable' });
    if (answer.access_token === undefined) throw new YbError('unauthenticated', 'GitHub refused the sign-in');
    return {
      token: answer.access_token,
      expiresAt: answer.expires_in === undefined ? null : new Date(askedAt + answer.expires_in * 1000),
      refreshToken: answer.refresh_token ?? null,
    };
  };
  return {
    exchange: async ({ code, verifier, callbackUrl }) =>
      await ask({ code, redirect_uri: callbackUrl, code_verifier: verifier }),
    refresh: async (refreshToken) => await ask({ grant_type: 'refresh_token', refresh_token: refreshToken }),
  };
}

/**
 * Asks GitHub whether a token is one of the App's own
 * (https://docs.github.com/rest/apps/oauth-applications#check-a-token): it knows others only to say that they are not.
 */
export function createTokenCheck(
  call: GitHubCaller,
  { clientId, clientSecret }: Pick<SignInOptions, 'clientId' | 'clientSecret'>,
): GitHubOfPeople['isOurs'] {
  const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  return async (token) => {
    try {
      await call(null, async (octokit) => {
        await octokit.request('POST /applications/{client_id}/token', {
          client_id: clientId,
          access_token: token,
          headers: { authorization },
        });
      });
      return true;
    } catch (error) {
      const status = error instanceof YbError ? statusOf(error.cause) : null;
      if (status === 404 || status === 422) return false;
      throw error;
    }
  };
}

async function post(options: SignInOptions, fields: Readonly<Record<string, string>>): Promise<string> {
  try {
    const response = await (options.fetch ?? fetch)(`${options.webUrl}/login/oauth/access_token`, {
      method: 'POST',
      headers: { accept: 'application/json', 'user-agent': 'yb' },
      body: new URLSearchParams(fields),
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeoutMilliseconds),
    });
    const text = await limitedText(response.body, maxAnswerBytes);
    if (response.ok && text !== null) return text;
    throw new YbError(
      response.ok || response.status >= 500 ? 'github-unavailable' : 'unauthenticated',
      `GitHub answered ${response.status} to the sign-in`,
    );
  } catch (error) {
    throw error instanceof YbError
      ? error
      : new YbError('github-unavailable', 'GitHub cannot be reached', { cause: error });
  }
}
