import { createHash, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import { html } from 'hono/html';
import * as z from 'zod';
import type { Parts, RouteEnv } from '../routes/parts.ts';
import type { RouteContext } from '../routes/request.ts';
import type { User } from '../state.ts';
import { people } from '../store.ts';
import { randomHex, refreshToken, signInToken } from '../tokens.ts';
import { createDeviceFlow, devicePage } from './device.ts';
import { layout } from './layout.ts';

/** What a person has agreed to, until the client fetches its token. */
interface Grant {
  readonly user: User;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly challenge: string | null;
  readonly expiresAt: number;
}

const grantMs = 10 * 60 * 1000;
/** Of a GitHub App's tokens and of what they are refreshed with: eight hours, six months. */
const tokenSeconds = 28_800;
const refreshSeconds = 15_897_600;
/** GitHub keeps so many tokens of one user, client and set of scopes; the oldest goes. */
const maxTokens = 10;

const Exchange = z.object({
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  code: z.string().optional(),
  redirect_uri: z.string().optional(),
  code_verifier: z.string().optional(),
  device_code: z.string().optional(),
  grant_type: z.string().optional(),
  refresh_token: z.string().optional(),
});
type Exchange = z.output<typeof Exchange>;

const failures = {
  incorrect_client_credentials: 'The client_id and/or client_secret passed are incorrect.',
  bad_refresh_token: 'The refresh token passed is incorrect or expired.',
  bad_verification_code: 'The code passed is incorrect or expired.',
  authorization_pending: 'The authorization request is still pending.',
  expired_token: 'This device_code has expired.',
  incorrect_device_code: 'The device_code provided is not valid.',
  redirect_uri_mismatch: 'The redirect_uri MUST match the registered callback URL for this application.',
} as const;

/**
 * The OAuth web flow (https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps). The person is
 * asked for no password: the page has a button for each user. A client that asks for no scope is answered as a GitHub
 * App would be, whose tokens have none.
 */
export function oauthRoutes(parts: Parts): Hono<RouteEnv> {
  const { store } = parts;
  const app = new Hono<RouteEnv>();
  const grants = new Map<string, Grant>();
  const now = (): number => parts.clock.now().getTime();
  const device = createDeviceFlow(parts);

  app.post('/login/device/code', async (c) => {
    const request = await readExchange(c);
    if (request.client_id !== store.state.oauth.clientId) return await c.notFound();
    return answer(c, device.begin());
  });

  app.get('/login/device', (c) => c.html(devicePage(people(store), null)));

  app.post('/login/device', async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const user = store.userByLogin(form.get('login') ?? '');
    const confirmed = user !== undefined && device.confirm(form.get('user_code') ?? '', user);
    const said = confirmed
      ? `The device is signed in as ${user.login}.`
      : 'There is no such code: it may have expired.';
    return c.html(devicePage(people(store), said), confirmed ? 200 : 422);
  });

  app.get('/login/oauth/authorize', (c) => {
    const query = c.req.query();
    const redirect = loopback(query['redirect_uri']);
    if (query['client_id'] !== store.state.oauth.clientId)
      return c.html(layout('There is no such application', html``), 404);
    if (redirect === null) {
      return c.html(layout('The redirect_uri must be an address of this machine', html``), 400);
    }
    if (query['code_challenge'] !== undefined && query['code_challenge_method'] !== 'S256') {
      return c.html(layout('The code_challenge_method must be S256', html``), 400);
    }
    const { login } = query;
    if (login === undefined) return c.html(chooseUser(query, people(store)));
    const user = store.userByLogin(login);
    if (user === undefined) return c.html(layout('There is no such user', html``), 404);

    const code = randomHex(parts.random, 20);
    for (const [old, grant] of grants) if (grant.expiresAt <= now()) grants.delete(old);
    grants.set(code, {
      user,
      redirectUri: redirect.href,
      scopes: (query['scope'] ?? '').split(/[\s,]+/).filter((scope) => scope !== ''),
      challenge: query['code_challenge'] ?? null,
      expiresAt: now() + grantMs,
    });
    redirect.searchParams.set('code', code);
    if (query['state'] !== undefined) redirect.searchParams.set('state', query['state']);
    return c.redirect(redirect.href, 302);
  });

  app.post('/login/oauth/access_token', async (c) => {
    const request = await readExchange(c);
    const fail = (error: keyof typeof failures) =>
      answer(c, {
        error,
        error_description: failures[error],
        error_uri:
          'https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors',
      });
    const { clientId, clientSecret } = store.state.oauth;
    if (request.device_code !== undefined && same(request.client_id ?? '', clientId)) {
      const user = device.take(request.device_code);
      if (typeof user === 'string') return fail(user);
      return answer(c, await issueToken({ user, scopes: [] }));
    }
    if (!same(request.client_id ?? '', clientId) || !same(request.client_secret ?? '', clientSecret)) {
      return fail('incorrect_client_credentials');
    }
    if (request.grant_type === 'refresh_token') {
      const old = store.state.tokens.find((token) => token.refresh !== null && token.refresh === request.refresh_token);
      const user = old === undefined ? undefined : store.userById(old.userId);
      if (old === undefined || user === undefined) return fail('bad_refresh_token');
      store.state.tokens = store.state.tokens.filter((token) => token !== old);
      return answer(c, await issueToken({ user, scopes: [] }));
    }
    const code = request.code ?? '';
    const grant = grants.get(code);
    grants.delete(code);
    if (grant === undefined || grant.expiresAt <= now() || !proves(request.code_verifier, grant.challenge)) {
      return fail('bad_verification_code');
    }
    if (request.redirect_uri !== undefined && loopback(request.redirect_uri)?.href !== grant.redirectUri) {
      return fail('redirect_uri_mismatch');
    }
    return answer(c, await issueToken(grant));
  });

  const issueToken = async ({ user, scopes }: Pick<Grant, 'user' | 'scopes'>) => {
    const value = signInToken(parts.random, scopes.length > 0);
    const { state } = store;
    const alike = state.tokens.filter(
      (token) =>
        token.userId === user.id &&
        token.value.startsWith(value.slice(0, 4)) &&
        (token.scopes ?? []).join() === scopes.join(),
    );
    const old = new Set(alike.slice(0, Math.max(0, alike.length - maxTokens + 1)));
    state.tokens = state.tokens.filter((token) => !old.has(token));
    const granted = scopes.length > 0 ? [...scopes] : null;
    const refresh = granted === null ? refreshToken(parts.random) : null;
    state.tokens.push({
      value,
      userId: user.id,
      scopes: granted,
      permissions: null,
      repositories: null,
      ofApplication: true,
      expiresAt: refresh === null ? null : now() + tokenSeconds * 1000,
      refresh,
      installation: null,
    });
    await store.save();
    const given = { access_token: value, scope: scopes.join(','), token_type: 'bearer' };
    if (refresh === null) return given;
    const expiry = { expires_in: tokenSeconds, refresh_token_expires_in: refreshSeconds };
    return { ...given, ...expiry, refresh_token: refresh };
  };

  return app;
}

/** Codes are handed to addresses of this machine only. */
function loopback(address: string | undefined): URL | null {
  const url = URL.parse(address ?? '');
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  return ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname) ? url : null;
}

function same(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function proves(verifier: string | undefined, challenge: string | null): boolean {
  if (challenge === null) return true;
  return verifier !== undefined && createHash('sha256').update(verifier).digest('base64url') === challenge;
}

/** Parameters may come as a form, as JSON, or in the address. */
async function readExchange(c: RouteContext): Promise<Exchange> {
  const text = await c.req.text();
  let body: unknown = Object.fromEntries(new URLSearchParams(text));
  if ((c.req.header('content-type') ?? '').includes('json')) {
    try {
      body = JSON.parse(text);
    } catch {
      body = {};
    }
  }
  return { ...c.req.query(), ...Exchange.catch({}).parse(body) };
}

/** A form unless JSON is asked for; failures too are answered with 200. */
function answer(c: RouteContext, fields: Readonly<Record<string, string | number>>): Response {
  c.header('Cache-Control', 'no-store');
  if ((c.req.header('accept') ?? '').includes('json')) return c.json(fields);
  return c.body(formOf(fields), 200, { 'Content-Type': 'application/x-www-form-urlencoded' });
}

function chooseUser(query: Readonly<Record<string, string>>, users: readonly User[]) {
  const hidden = Object.entries(query).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  const form = (user: User) =>
    html`<form method="get">
      ${hidden}<button name="login" value="${user.login}">Continue as ${user.login}</button>
    </form>`;
  const asked = query['scope'] ?? '';
  return layout(
    'Sign in to the local GitHub',
    html`<p>
        This page stands in for GitHub's on this machine. ${asked === '' ? '' : `The application asks for: ${asked}.`}
      </p>
      ${users.map(form)}`,
  );
}

function formOf(fields: Readonly<Record<string, string | number>>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
  return form.toString();
}
