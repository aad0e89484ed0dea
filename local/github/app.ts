import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { etag } from 'hono/etag';
import type { Log } from '../../shared/outside/log.ts';
import { readCaller } from './caller.ts';
import { GitHubError, notFound } from './errors.ts';
import { appRoutes, userInstallationRoutes } from './routes/installations.ts';
import { applicationRoutes } from './routes/applications.ts';
import { collaboratorRoutes } from './routes/collaborators.ts';
import { commentRoutes } from './routes/comments.ts';
import { commitRoutes, compareRoutes } from './routes/commits.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { hookRoutes } from './routes/hooks.ts';
import { metaRoutes, setRateHeaders } from './routes/meta.ts';
import type { Parts, RouteEnv } from './routes/parts.ts';
import { pullRoutes } from './routes/pulls.ts';
import { refRoutes } from './routes/refs.ts';
import { repositoryRoutes } from './routes/repositories.ts';
import type { RouteContext } from './routes/request.ts';
import { statusRoutes } from './routes/statuses.ts';
import { callerRoutes, userRoutes } from './routes/users.ts';
import { randomHex } from './tokens.ts';
import { oauthRoutes } from './web/oauth.ts';
import { pageRoutes } from './web/pages.ts';

const maxBodyBytes = 64 * 1024 * 1024;
const documentation = 'https://docs.github.com/rest';

/** The REST API at the root, and the pages a browser sees below `/web`. */
export function createApp(parts: Parts, log: Log): Hono<RouteEnv> {
  const app = new Hono<RouteEnv>();

  app.onError((error, c) => errorAnswer(c, error, log));
  app.notFound((c) => errorAnswer(c, notFound(), log));
  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: () => {
        throw new GitHubError(413, 'Request entity too large');
      },
    }),
  );
  app.use(etag());
  app.route('/web', oauthRoutes(parts));
  app.route('/web', pageRoutes(parts));
  app.route('/applications', applicationRoutes(parts));
  app.route('/', appRoutes(parts));
  app.use(async (c, next) => {
    c.set('caller', null);
    const caller = readCaller(parts.store, c.req.header('authorization'), parts.clock.now());
    c.set('caller', caller);
    c.header('x-github-media-type', 'github.v3; format=json');
    c.header('x-github-request-id', randomHex(parts.random, 16).toUpperCase());
    if (caller !== null && caller.token.scopes !== null) {
      c.header('X-OAuth-Scopes', caller.token.scopes.join(', '));
      c.header('X-Accepted-OAuth-Scopes', '');
    }
    setRateHeaders(c, parts.clock);
    await next();
  });

  const repository = new Hono<RouteEnv>();
  repository.route('/hooks/:hook/deliveries', deliveryRoutes(parts));
  repository.route('/hooks', hookRoutes(parts));
  repository.route('/statuses', statusRoutes(parts));
  repository.route('/', commentRoutes(parts));
  repository.route('/commits', commitRoutes(parts));
  repository.route('/compare', compareRoutes(parts));
  repository.route('/git/ref', refRoutes(parts));
  repository.route('/collaborators', collaboratorRoutes(parts));
  repository.route('/pulls', pullRoutes(parts));
  repository.route('/', repositoryRoutes(parts));

  app.route('/', metaRoutes(parts));
  app.route('/user/installations', userInstallationRoutes(parts));
  app.route('/user', callerRoutes(parts));
  app.route('/users', userRoutes(parts));
  app.route('/repos/:owner/:repo', repository);
  app.route('/repositories/:id', repository);
  return app;
}

function errorAnswer(c: RouteContext, error: Error, log: Log): Response {
  if (!(error instanceof GitHubError)) {
    log.error({ cause: error.message, stack_trace: error.stack, path: c.req.path }, 'request failed');
  }
  const told = error instanceof GitHubError ? error : new GitHubError(500, 'Server Error');
  if (told.location !== undefined) c.header('Location', told.location);
  return c.json(
    {
      message: told.message,
      ...(told.errors === undefined ? {} : { errors: [...told.errors] }),
      ...(told.location === undefined ? {} : { url: told.location }),
      documentation_url: documentation,
      status: String(told.status),
    },
    told.status,
  );
}
