import { Hono } from 'hono';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { Parts, RouteEnv } from './parts.ts';
import type { RouteContext } from './request.ts';

/** GitHub's hourly limits, told and never enforced here. */
function rateOf(c: RouteContext, clock: Clock) {
  const limit = c.get('caller') === null ? 60 : 5000;
  const hour = 3600;
  const reset = (Math.floor(clock.now().getTime() / 1000 / hour) + 1) * hour;
  return { limit, remaining: limit - 1, reset, used: 1, resource: 'core' };
}

/** Sets the headers with which every answer of GitHub tells of the limits. */
export function setRateHeaders(c: RouteContext, clock: Clock): void {
  const rate = rateOf(c, clock);
  for (const [name, value] of Object.entries(rate)) c.header(`x-ratelimit-${name}`, String(value));
}

/** What the service says of itself. */
export function metaRoutes(parts: Parts): Hono<RouteEnv> {
  const app = new Hono<RouteEnv>();

  app.get('/rate_limit', (c) => {
    const { resource: _, ...core } = rateOf(c, parts.clock);
    return c.json({ resources: { core, search: { ...core, limit: 30, remaining: 30, used: 0 } }, rate: core });
  });

  app.get('/meta', (c) => {
    const here = ['127.0.0.1/32', '::1/128'];
    return c.json({ verifiable_password_authentication: false, hooks: here, web: here, api: here, git: here });
  });

  return app;
}
