import { Hono } from 'hono';
import * as z from 'zod';
import { decide, seeing } from '../access.ts';
import { assertApp } from '../app-jwt.ts';
import { isOver } from '../caller.ts';
import { forbidden, GitHubError, notFound } from '../errors.ts';
import { botLogin } from '../seed.ts';
import type { Installation, Repository } from '../state.ts';
import type { Store } from '../store.ts';
import { installationToken } from '../tokens.ts';
import { installationView } from '../views/installation.ts';
import { minimalRepositoryView } from '../views/repository.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { ownerOf, pageOf, readBody, requireCaller, type RouteContext } from './request.ts';

const tokenMilliseconds = 3_600_000;
/** What the application was given when it was made; a token may have less. */
export const appPermissions = {
  contents: 'read',
  metadata: 'read',
  repository_hooks: 'write',
  statuses: 'write',
} as const;

const TokenBody = z.object({
  repository_ids: z.array(z.int()).optional(),
  permissions: z
    .strictObject({
      contents: z.literal('read'),
      metadata: z.literal('read'),
      repository_hooks: z.enum(['read', 'write']),
      statuses: z.enum(['read', 'write']),
    })
    .partial()
    .optional(),
});

/**
 * What the application asks in its own name (https://docs.github.com/rest/apps/apps): which installation has a repository, a token of
 * an installation, and to be rid of one.
 */
export function appRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, clock, random, urls } = parts;
  const app = new Hono<RouteEnv>();

  const shown = (c: RouteContext, repository: Repository | undefined): Response => {
    const installation = repository === undefined ? undefined : installationOn(store, repository);
    if (installation === undefined) throw notFound();
    return c.json(installationView(store, urls, installation));
  };

  app.get('/repos/:owner/:repo/installation', (c) => {
    assertApp(store, c.req.header('authorization'), clock.now());
    const name = `${c.req.param('owner')}/${c.req.param('repo')}`;
    const current = store.repositoryByName(name);
    const former = current === undefined ? store.repositoryByFormerName(name) : undefined;
    if (former === undefined) return shown(c, current);
    const location = `${urls.api}/repositories/${String(former.id)}/installation`;
    throw new GitHubError(301, 'Moved Permanently', { location });
  });

  app.get('/repositories/:id/installation', (c) => {
    assertApp(store, c.req.header('authorization'), clock.now());
    return shown(c, store.repositoryById(Number(c.req.param('id'))));
  });

  app.post('/app/installations/:id/access_tokens', async (c) => {
    assertApp(store, c.req.header('authorization'), clock.now());
    const installation = requireInstallation(store, c);
    const { repository_ids: ids, permissions = appPermissions } = await readBody(c, TokenBody);
    const { contents, statuses, repository_hooks: webhooks } = permissions;
    const covered = coveredBy(store, installation);
    const chosen = ids === undefined ? covered : covered.filter(({ id }) => ids.includes(id));
    if (ids !== undefined && chosen.length < new Set(ids).size) {
      throw new GitHubError(
        422,
        'There is at least one repository that does not exist or is not accessible to the parent installation.',
      );
    }
    const value = installationToken(random);
    const expiresAt = clock.now().getTime() + tokenMilliseconds;
    store.state.tokens = store.state.tokens.filter(
      (token) => token.installation === null || !isOver(token, clock.now()),
    );
    store.state.tokens.push({
      value,
      userId: store.userByLogin(botLogin)?.id ?? 0,
      scopes: null,
      permissions: {
        ...(contents === undefined ? {} : { contents }),
        ...(statuses === undefined ? {} : { statuses }),
        ...(webhooks === undefined ? {} : { webhooks }),
      },
      repositories: chosen.map((repository) => store.fullName(repository)),
      ofApplication: false,
      expiresAt,
      refresh: null,
      installation: installation.id,
    });
    await store.save();
    const selection = ids === undefined && installation.repositories === null ? 'all' : 'selected';
    return c.json(
      {
        token: value,
        expires_at: new Date(expiresAt).toISOString().replace(/\.\d+/, ''),
        permissions: { ...permissions, metadata: 'read' },
        repository_selection: selection,
        ...(ids === undefined
          ? {}
          : {
              repositories: chosen.map((repository) =>
                minimalRepositoryView({ urls, repository, owner: ownerOf(store, repository) }),
              ),
            }),
      },
      201,
    );
  });

  app.delete('/app/installations/:id', async (c) => {
    assertApp(store, c.req.header('authorization'), clock.now());
    const installation = requireInstallation(store, c);
    const covered = coveredBy(store, installation);
    store.state.installations = store.state.installations.filter((one) => one !== installation);
    store.state.tokens = store.state.tokens.filter((token) => token.installation !== installation.id);
    await store.save();
    parts.events.uninstalled(installation, covered);
    return c.body(null, 204);
  });

  return app;
}

/** The installations that a person sees with the application's token (https://docs.github.com/rest/apps/installations). */
export function userInstallationRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, urls } = parts;
  const app = new Hono<RouteEnv>();

  const visible = (c: RouteContext): Installation[] => {
    const caller = requireCaller(c);
    if (!caller.token.ofApplication || caller.token.scopes !== null) {
      throw forbidden(
        'You must authenticate with an access token authorized to a GitHub App in order to list installations',
      );
    }
    const sees = (repository: Repository): boolean => decide({ store, repository, caller, wish: seeing }) === 'allowed';
    return store.state.installations.filter(
      (one) => one.accountId === caller.user.id || coveredBy(store, one).some(sees),
    );
  };

  app.get('/', (c) => {
    const found = visible(c);
    const installations = pageOf(parts, c, found).map((one) => installationView(store, urls, one));
    return c.json({ total_count: found.length, installations });
  });

  app.get('/:id/repositories', (c) => {
    const installation = visible(c).find(({ id }) => String(id) === c.req.param('id'));
    if (installation === undefined) throw notFound();
    const found = coveredBy(store, installation);
    const repositories = pageOf(parts, c, found).map((repository) =>
      minimalRepositoryView({ urls, repository, owner: ownerOf(store, repository) }),
    );
    return c.json({ total_count: found.length, repositories });
  });

  return app;
}

function requireInstallation(store: Store, c: RouteContext): Installation {
  const installation = store.state.installations.find(({ id }) => String(id) === c.req.param('id'));
  if (installation === undefined) throw notFound();
  return installation;
}

function coveredBy(store: Store, { accountId, repositories }: Installation): Repository[] {
  return store.state.repositories.filter(
    ({ id, ownerId }) => ownerId === accountId && (repositories === null || repositories.includes(id)),
  );
}

function installationOn(store: Store, repository: Repository): Installation | undefined {
  return store.state.installations.find((one) => coveredBy(store, one).includes(repository));
}
