import * as z from 'zod';
import { YbError } from '../errors.ts';
import type { GitHubCaller } from './caller.ts';
import { statusOf } from './errors.ts';
import { parseJson } from '../json.ts';
import { limitedText } from '../limited-body.ts';
import type { GitHubOfPeople } from '../outside/github.ts';
import { count } from '../tally.ts';

export interface SignInOptions {
  /** Of GitHub's pages, not of its API. */
  readonly webUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly timeoutMilliseconds: number;
  readonly fetch?: typeof fetch;
}

/** GitHub answers 200 with `error` for a code that it refuses. */
const Exchanged = z.object({ access_token: z.string().min(1).max(1024).optional(), error: z.string().optional() });
const maxAnswerBytes = 64 * 1024;

/**
 * The second half of GitHub's web flow
 * (https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#web-application-flow): a form to a
 * page of GitHub, no request to its API.
 */
export function createExchange(options: SignInOptions): GitHubOfPeople['exchange'] {
  return async ({ code, verifier, callbackUrl }) => {
    count('github');
    const text = await post(options, {
      client_id: options.clientId,
      client_secret: options.clientSecret,
      code,
      redirect_uri: callbackUrl,
      code_verifier: verifier,
    });
    const answer = parseJson(Exchanged, text, { what: 'answer of GitHub', code: 'github-unavailable' });
    if (answer.access_token === undefined) throw new YbError('unauthenticated', 'GitHub refused the sign-in');
    return answer.access_token;
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
