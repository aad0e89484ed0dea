import { Hono } from 'hono';
import { seeing, decide, roleOf } from '../access.ts';
import type { Caller } from '../caller.ts';
import { forbidden, notFound } from '../errors.ts';
import type { Repository, User } from '../state.ts';
import { fullRepositoryView, minimalRepositoryView } from '../views/repository.ts';
import { publicUserView } from '../views/user.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { ownerOf, pageOf, readBody, requireCaller } from './request.ts';
import { CreateRepository, createRepository } from './repositories.ts';

/** The caller himself and his repositories. */
export function callerRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, urls } = parts;
  const app = new Hono<RouteEnv>();

  app.get('/', (c) => {
    const { user, token } = requireCaller(c);
    if (token.installation !== null) throw forbidden('Resource not accessible by integration');
    const own = ownedBy(parts, user);
    const hidden = own.filter((repository) => repository.private).length;
    return c.json({
      ...publicUserView(urls, user, own.length - hidden),
      private_gists: 0,
      total_private_repos: hidden,
      owned_private_repos: hidden,
      disk_usage: 0,
      collaborators: 0,
      two_factor_authentication: true,
    });
  });

  app.post('/repos', async (c) => {
    const caller = requireCaller(c);
    const repository = await createRepository(parts, caller, await readBody(c, CreateRepository));
    return c.json(fullRepositoryView({ urls, repository, owner: caller.user, viewer: caller.user }), 201);
  });

  app.get('/repos', (c) => {
    const caller = requireCaller(c);
    const visibility = c.req.query('visibility') ?? 'all';
    const affiliations = new Set((c.req.query('affiliation') ?? 'owner,collaborator').split(','));
    const found = visible(parts, caller, store.state.repositories)
      .filter((repository) => affiliations.has(affiliation(repository, caller.user)))
      .filter((repository) => visibility === 'all' || (visibility === 'private') === repository.private)
      .sort((one, other) => store.fullName(one).localeCompare(store.fullName(other)));
    const view = (repository: Repository) =>
      fullRepositoryView({ urls, repository, owner: ownerOf(store, repository), viewer: caller.user });
    return c.json(pageOf(parts, c, found).map(view));
  });

  return app;
}

/** What everybody may know of users. */
export function userRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, urls } = parts;
  const app = new Hono<RouteEnv>();

  app.get('/:login', (c) => {
    const user = store.userByLogin(c.req.param('login'));
    if (user === undefined) throw notFound();
    const open = ownedBy(parts, user).filter((repository) => !repository.private);
    return c.json(publicUserView(urls, user, open.length));
  });

  app.get('/:login/repos', (c) => {
    const user = store.userByLogin(c.req.param('login'));
    if (user === undefined) throw notFound();
    const open = ownedBy(parts, user).filter((repository) => !repository.private);
    return c.json(pageOf(parts, c, open).map((repository) => minimalRepositoryView({ urls, repository, owner: user })));
  });

  return app;
}

function ownedBy(parts: Parts, user: User): Repository[] {
  return parts.store.state.repositories.filter(({ ownerId }) => ownerId === user.id);
}

function affiliation(repository: Repository, user: User): 'owner' | 'collaborator' | 'none' {
  if (repository.ownerId === user.id) return 'owner';
  return repository.collaborators.some(({ userId }) => userId === user.id) && roleOf(repository, user.id) !== null
    ? 'collaborator'
    : 'none';
}

function visible(parts: Parts, caller: Caller, all: readonly Repository[]): Repository[] {
  return all.filter((repository) => decide({ store: parts.store, repository, caller, wish: seeing }) === 'allowed');
}
