import { Hono } from 'hono';
import * as z from 'zod';
import { pushing, reading } from '../access.ts';
import { GitHubError, conflict, notFound } from '../errors.ts';
import { type Ref, isRefName, isSha, zeroSha } from '../git/repositories.ts';
import type { RefChange, Repository } from '../state.ts';
import { commitView } from '../views/commit.ts';
import { escapePath, nodeId } from '../views/urls.ts';
import type { Parts, RouteEnv } from './parts.ts';
import {
  type RouteContext,
  commitOptions,
  pageOf,
  readBody,
  requireCaller,
  requireRepository,
  restOfPath,
} from './request.ts';

const CreateBody = z.object({ ref: z.string(), sha: z.string() });
const MoveBody = z.object({ sha: z.string(), force: z.boolean().default(false) });

/** Refs of the git database; changing one is a push. */
export function refRoutes(parts: Parts): Hono<RouteEnv> {
  const { repositories } = parts;
  const app = new Hono<RouteEnv>();

  const view = (repository: Repository, { ref, sha, type }: Ref) => {
    const api = `${parts.urls.api}/repos/${parts.store.fullName(repository)}/git`;
    return {
      ref,
      node_id: nodeId('Ref', `${String(repository.id)}:${ref}`),
      url: `${api}/${escapePath(ref)}`,
      object: { sha, type, url: `${api}/${type}s/${sha}` },
    };
  };
  const find = async (repository: Repository, ref: string): Promise<Ref | undefined> =>
    (await repositories.refs(repository.id, [ref])).find((candidate) => candidate.ref === ref);

  const move = async (c: RouteContext, repository: Repository, change: RefChange): Promise<void> => {
    if (!(await repositories.updateRef(repository.id, change))) throw conflict('Reference was changed meanwhile.');
    await parts.events.pushed(repository, requireCaller(c).user, [change]);
  };
  const assertObject = async (repository: Repository, sha: string): Promise<void> => {
    if (!isSha(sha) || (await repositories.objectType(repository.id, sha)) === null) {
      throw new GitHubError(422, 'Object does not exist');
    }
  };

  app.get('/ref/*', async (c) => {
    const repository = requireRepository(parts, c, reading);
    const found = await find(repository, `refs/${restOfPath(c, 2)}`);
    if (found === undefined) throw notFound();
    return c.json(view(repository, found));
  });

  app.get('/matching-refs/*', async (c) => {
    const repository = requireRepository(parts, c, reading);
    const start = `refs/${restOfPath(c, 2)}`;
    const found = (await repositories.refs(repository.id, [])).filter(({ ref }) => ref.startsWith(start));
    return c.json(pageOf(parts, c, found).map((ref) => view(repository, ref)));
  });

  app.post('/refs', async (c) => {
    const repository = requireRepository(parts, c, pushing);
    const { ref, sha } = await readBody(c, CreateBody);
    if (!/^refs\/(heads|tags)\/./.test(ref) || !isRefName(ref)) {
      throw new GitHubError(422, "Reference name must start with 'refs/' and have at least two slashes.");
    }
    if ((await find(repository, ref)) !== undefined) throw new GitHubError(422, 'Reference already exists');
    await assertObject(repository, sha);
    await move(c, repository, { ref, before: zeroSha, after: sha });
    const made = await find(repository, ref);
    return c.json(view(repository, made ?? { ref, sha, type: 'commit' }), 201);
  });

  app.patch('/refs/*', async (c) => {
    const repository = requireRepository(parts, c, pushing);
    const { sha, force } = await readBody(c, MoveBody);
    const found = await find(repository, `refs/${restOfPath(c, 2)}`);
    if (found === undefined) throw new GitHubError(422, 'Reference does not exist');
    await assertObject(repository, sha);
    if (!force && !(await repositories.isAncestor(repository.id, found.sha, sha))) {
      throw new GitHubError(422, 'Update is not a fast forward');
    }
    await move(c, repository, { ref: found.ref, before: found.sha, after: sha });
    return c.json(view(repository, { ...found, sha }));
  });

  app.delete('/refs/*', async (c) => {
    const repository = requireRepository(parts, c, pushing);
    const found = await find(repository, `refs/${restOfPath(c, 2)}`);
    if (found === undefined) throw new GitHubError(422, 'Reference does not exist');
    if (found.ref === `refs/heads/${repository.defaultBranch}`) {
      throw new GitHubError(422, 'Cannot delete the default branch');
    }
    await move(c, repository, { ref: found.ref, before: found.sha, after: zeroSha });
    return c.body(null, 204);
  });

  return app;
}

/** Branches with the commits they are at. None is ever protected here. */
export function branchRoutes(parts: Parts): Hono<RouteEnv> {
  const { repositories, history } = parts;
  const app = new Hono<RouteEnv>();
  const api = (repository: Repository): string => `${parts.urls.api}/repos/${parts.store.fullName(repository)}`;
  const nameOf = ({ ref }: Ref): string => ref.slice('refs/heads/'.length);

  app.get('/', async (c) => {
    const repository = requireRepository(parts, c, reading);
    const all = c.req.query('protected') === 'true' ? [] : await repositories.refs(repository.id, ['refs/heads/']);
    const branches = pageOf(parts, c, all).map((branch) => ({
      name: nameOf(branch),
      commit: { sha: branch.sha, url: `${api(repository)}/commits/${branch.sha}` },
      protected: false,
    }));
    return c.json(branches);
  });

  app.get('/*', async (c) => {
    const repository = requireRepository(parts, c, reading);
    const name = restOfPath(c, 1);
    const ref = `refs/heads/${name}`;
    const branch = (await repositories.refs(repository.id, [ref])).find((candidate) => candidate.ref === ref);
    const [commit] = branch === undefined ? [] : await history.commits(repository.id, [branch.sha]);
    if (commit === undefined) throw new GitHubError(404, 'Branch not found');
    const url = `${api(repository)}/branches/${escapePath(name)}`;
    const html = `${parts.urls.web}/${parts.store.fullName(repository)}/tree/${escapePath(name)}`;
    return c.json({
      name,
      commit: commitView(commitOptions(parts, repository), commit),
      _links: { self: url, html },
      protected: false,
      protection: { enabled: false, required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] } },
      protection_url: `${url}/protection`,
    });
  });

  return app;
}
