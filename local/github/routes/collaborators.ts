import { Hono } from 'hono';
import * as z from 'zod';
import { administering } from '../access.ts';
import { notFound, validationFailed } from '../errors.ts';
import { Permission, type User } from '../state.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { readBody, requireRepository } from './request.ts';

const Body = z.object({ permission: z.string().default('push') });

/** `read` and `write` are what the same rights are called in other places of the API. */
const names: Readonly<Record<string, Permission>> = { read: 'pull', write: 'push' };

/** The people who may do something with a repository. Who is invited is in at once: there is no invitation to accept. */
export function collaboratorRoutes(parts: Parts): Hono<RouteEnv> {
  const { store } = parts;
  const app = new Hono<RouteEnv>();
  const requireUser = (login: string): User => {
    const user = store.userByLogin(login);
    if (user === undefined) throw notFound();
    return user;
  };

  app.put('/:login', async (c) => {
    const repository = requireRepository(parts, c, administering);
    const user = requireUser(c.req.param('login'));
    const body = await readBody(c, Body);
    const permission = Permission.safeParse(names[body.permission] ?? body.permission);
    if (!permission.success || user.id === repository.ownerId) {
      const message = permission.success ? 'Repository owner cannot be a collaborator' : 'Invalid permission';
      throw validationFailed({ resource: 'Repository', code: 'custom', field: 'permission', message });
    }
    const others = repository.collaborators.filter(({ userId }) => userId !== user.id);
    repository.collaborators = [...others, { userId: user.id, permission: permission.data }];
    await store.save();
    return c.body(null, 204);
  });

  app.delete('/:login', async (c) => {
    const repository = requireRepository(parts, c, administering);
    const user = requireUser(c.req.param('login'));
    repository.collaborators = repository.collaborators.filter(({ userId }) => userId !== user.id);
    await store.save();
    return c.body(null, 204);
  });

  return app;
}
