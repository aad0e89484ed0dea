import { createHash } from 'node:crypto';
import * as z from 'zod';
import { YbError } from '../errors.ts';
import { parseJson } from '../json.ts';
import { count } from '../tally.ts';

/**
 * GitHub's web flow (https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#web-application-flow),
 * with PKCE (RFC 7636).
 */
export interface WebFlow {
  /** Where the browser is sent first. `state` and `verifier` stay with the browser's own cookie. */
  authorizeUrl(attempt: { readonly state: string; readonly verifier: string }): string;
  /**
   * Exchanges the code that GitHub gave the browser. @returns the person's token
   * @throws YbError `unauthenticated` if GitHub refuses the code, `github-unavailable`
   */
  exchange(attempt: { readonly code: string; readonly verifier: string }): Promise<string>;
}

/**
 * What an OAuth App has to ask for to see private repositories; it has nothing narrower. A GitHub App, which the operations
 * page recommends, ignores it: its own permissions count.
 */
const scope = 'repo';

/** GitHub answers 200 with `error` for a code that it refuses. */
const Exchanged = z.object({ access_token: z.string().min(1).max(1024).optional(), error: z.string().optional() });

export function createWebFlow(options: {
  /** Of GitHub's pages, not of its API. */
  readonly githubUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly callbackUrl: string;
  readonly timeoutMilliseconds: number;
  readonly fetch?: typeof fetch;
}): WebFlow {
  return {
    authorizeUrl({ state, verifier }) {
      const url = new URL(`${options.githubUrl}/login/oauth/authorize`);
      url.searchParams.set('client_id', options.clientId);
      url.searchParams.set('redirect_uri', options.callbackUrl);
      url.searchParams.set('scope', scope);
      url.searchParams.set('state', state);
      url.searchParams.set('code_challenge', createHash('sha256').update(verifier).digest('base64url'));
      url.searchParams.set('code_challenge_method', 'S256');
      return url.href;
    },
    async exchange({ code, verifier }) {
      count('github');
      const text = await post(options, {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        code,
        redirect_uri: options.callbackUrl,
        code_verifier: verifier,
      });
      const answer = parseJson(Exchanged, text, { what: 'answer of GitHub', code: 'github-unavailable' });
      if (answer.access_token === undefined) throw new YbError('unauthenticated', 'GitHub refused the sign-in');
      return answer.access_token;
    },
  };
}

async function post(
  options: { readonly githubUrl: string; readonly timeoutMilliseconds: number; readonly fetch?: typeof fetch },
  fields: Readonly<Record<string, string>>,
): Promise<string> {
  try {
    const response = await (options.fetch ?? fetch)(`${options.githubUrl}/login/oauth/access_token`, {
      method: 'POST',
      headers: { accept: 'application/json', 'user-agent': 'yb' },
      body: new URLSearchParams(fields),
      redirect: 'error',
      signal: AbortSignal.timeout(options.timeoutMilliseconds),
    });
    const text = await response.text();
    if (response.ok) return text;
    throw new YbError(
      response.status >= 500 ? 'github-unavailable' : 'unauthenticated',
      `GitHub answered ${response.status} to the sign-in`,
    );
  } catch (error) {
    throw error instanceof YbError
      ? error
      : new YbError('github-unavailable', 'GitHub cannot be reached', { cause: error });
  }
}
