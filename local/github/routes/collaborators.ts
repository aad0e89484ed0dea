import { Hono } from 'hono';
import * as z from 'zod';
import { administering, atLeast, pushing, roleOf, seeing } from '../access.ts';
import { notFound, validationFailed } from '../errors.ts';
import { Permission, type Repository, type User } from '../state.ts';
import { userView } from '../views/user.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { ownerOf, pageOf, readBody, requireRepository } from './request.ts';

const Body = z.object({ permission: z.string().default('push') });

/** `read` and `write` are what the same rights are called in other places of the API. */
const names: Readonly<Record<string, Permission>> = { read: 'pull', write: 'push' };

/** The people who may do something with a repository. Who is invited is in at once: there is no invitation to accept. */
export function collaboratorRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, urls } = parts;
  const app = new Hono<RouteEnv>();
  const requireUser = (login: string): User => {
    const user = store.userByLogin(login);
    if (user === undefined) throw notFound();
    return user;
  };

  app.get('/', (c) => {
    const repository = requireRepository(parts, c, { ...seeing, access: 'write', role: 'push' });
    const people = [
      ownerOf(store, repository),
      ...repository.collaborators.flatMap(({ userId }) => store.userById(userId) ?? []),
    ];
    return c.json(pageOf(parts, c, people).map((user) => ({ ...userView(urls, user), ...rights(repository, user) })));
  });

  app.get('/:login', (c) => {
    const repository = requireRepository(parts, c, { ...pushing, resource: 'metadata' });
    const user = requireUser(c.req.param('login'));
    const known = user.id === repository.ownerId || repository.collaborators.some(({ userId }) => userId === user.id);
    if (!known) throw notFound();
    return c.body(null, 204);
  });

  app.get('/:login/permission', (c) => {
    const repository = requireRepository(parts, c, seeing);
    const user = requireUser(c.req.param('login'));
    const { role_name: role, permissions } = rights(repository, user);
    return c.json({
      permission: legacyName(role),
      role_name: role,
      user: { ...userView(urls, user), permissions, role_name: role },
    });
  });

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

function rights(repository: Repository, user: User) {
  const role = roleOf(repository, user.id);
  const permissions = {
    admin: atLeast(role, 'admin'),
    maintain: atLeast(role, 'maintain'),
    push: atLeast(role, 'push'),
    triage: atLeast(role, 'triage'),
    pull: atLeast(role, 'pull'),
  };
  return { permissions, role_name: roleName(role) };
}

function roleName(role: Permission | null): string {
  if (role === null) return 'none';
  if (role === 'pull') return 'read';
  return role === 'push' ? 'write' : role;
}

/** The four names that there were before `maintain` and `triage`. */
function legacyName(role: string): string {
  if (role === 'maintain') return 'write';
  return role === 'triage' ? 'read' : role;
}
