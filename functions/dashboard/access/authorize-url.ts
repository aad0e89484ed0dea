import { createHash } from 'node:crypto';

/**
 * What an OAuth App has to ask for to see private repositories; it has nothing narrower. A GitHub App, which the operations
 * page recommends, ignores it: its own permissions count.
 */
const scope = 'repo';

/** Where GitHub sends the browser back to. */
export function callbackUrl(dashboardUrl: string): string {
  return `${dashboardUrl}/auth/callback`;
}

/**
 * Where a browser is sent to sign in: the first half of GitHub's web flow
 * (https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#web-application-flow), with PKCE
 * (RFC 7636). `state` and `verifier` stay with the browser's own cookie.
 */
export function authorizeUrl(
  app: { readonly githubUrl: string; readonly clientId: string; readonly dashboardUrl: string },
  attempt: { readonly state: string; readonly verifier: string },
): string {
  const url = new URL(`${app.githubUrl}/login/oauth/authorize`);
  url.searchParams.set('client_id', app.clientId);
  url.searchParams.set('redirect_uri', callbackUrl(app.dashboardUrl));
  url.searchParams.set('scope', scope);
  url.searchParams.set('state', attempt.state);
  url.searchParams.set('code_challenge', createHash('sha256').update(attempt.verifier).digest('base64url'));
  url.searchParams.set('code_challenge_method', 'S256');
  return url.href;
}
