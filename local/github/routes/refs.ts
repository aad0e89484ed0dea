import { Hono } from 'hono';
import { reading } from '../access.ts';
import { notFound } from '../errors.ts';
import { nodeId } from '../views/urls.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { requireRepository, restOfPath } from './request.ts';

/** One ref by its name without `refs/`: branches, tags, and heads of pull requests. */
export function refRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, repositories, urls } = parts;
  const app = new Hono<RouteEnv>();
  app.get('/*', async (c) => {
    const repository = requireRepository(parts, c, reading);
    const name = `refs/${restOfPath(c, 2)}`;
    const found = (await repositories.refs(repository.id, [name])).find(({ ref }) => ref === name);
    if (found === undefined) throw notFound();
    const { ref, sha, type } = found;
    const git = `${urls.api}/repos/${store.fullName(repository)}/git`;
    return c.json({
      ref,
      node_id: nodeId('Ref', repository.id),
      url: `${git}/${ref}`,
      object: { sha, type, url: `${git}/${type}s/${sha}` },
    });
  });
  return app;
}
