import { createHash } from 'node:crypto';

/** Where GitHub sends the browser back to. */
export function callbackUrl(dashboardUrl: string): string {
  return `${dashboardUrl}/auth/callback`;
}

/**
 * Where a browser is sent to sign in: the first half of GitHub's web flow
 * (https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app),
 * with PKCE (RFC 7636). No scope is asked for: what a GitHub App may do is written in the App. `state` and `verifier` stay with the
 * browser's own cookie.
 */
export function authorizeUrl(
  app: { readonly githubUrl: string; readonly clientId: string; readonly dashboardUrl: string },
  attempt: { readonly state: string; readonly verifier: string },
): string {
  const url = new URL(`${app.githubUrl}/login/oauth/authorize`);
  url.searchParams.set('client_id', app.clientId);
  url.searchParams.set('redirect_uri', callbackUrl(app.dashboardUrl));
  url.searchParams.set('state', attempt.state);
  url.searchParams.set('code_challenge', createHash('sha256').update(attempt.verifier).digest('base64url'));
  url.searchParams.set('code_challenge_method', 'S256');
  return url.href;
}
