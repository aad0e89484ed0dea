import { Hono } from 'hono';
import * as z from 'zod';
import { isOver } from '../caller.ts';
import { badCredentials, notFound } from '../errors.ts';
import { userView } from '../views/user.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { readBody } from './request.ts';

const Body = z.object({ access_token: z.string() });

/**
 * What an application asks with its own secret (https://docs.github.com/rest/apps/oauth-applications): whether a token is one
 * that it was given. Those of others are none.
 */
export function applicationRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, urls, clock } = parts;
  const app = new Hono<RouteEnv>();
  app.post('/:client/token', async (c) => {
    const { clientId, clientSecret } = store.state.oauth;
    const expected = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    if (c.req.header('authorization') !== expected) throw badCredentials();
    const { access_token: value } = await readBody(c, Body);
    const token = store.state.tokens.find((one) => one.value === value && one.ofApplication);
    const user = token === undefined ? undefined : store.userById(token.userId);
    const known = token !== undefined && user !== undefined && !isOver(token, clock.now());
    if (!known || c.req.param('client') !== clientId) throw notFound();
    const createdAt = user.createdAt;
    return c.json({
      id: 1,
      url: `${urls.api}/authorizations/1`,
      scopes: token.scopes,
      token: value,
      token_last_eight: value.slice(-8),
      hashed_token: null,
      app: { client_id: clientId, name: 'yb on this machine', url: urls.web },
      note: null,
      note_url: null,
      updated_at: createdAt,
      created_at: createdAt,
      fingerprint: null,
      expires_at: null,
      user: userView(urls, user),
    });
  });
  return app;
}
