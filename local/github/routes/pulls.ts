import { Hono } from 'hono';
import * as z from 'zod';
import { type Wish, reading } from '../access.ts';
import { notFound, validationFailed } from '../errors.ts';
import { zeroSha } from '../git/repositories.ts';
import type { Pull, Repository } from '../state.ts';
import { toSeconds } from '../time.ts';
import { type PullViewOptions, fullPullView, pullView } from '../views/pull.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { type RouteContext, ownerOf, pageOf, readBody, requireCaller, requireRepository } from './request.ts';

const writingPulls: Wish = { resource: 'pull_requests', access: 'write', role: 'pull' };

const CreateBody = z.object({
  title: z.string().min(1),
  head: z.string().min(1),
  base: z.string().min(1),
  body: z.string().nullish(),
  draft: z.boolean().default(false),
});
const EditBody = z.object({
  title: z.string().optional(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']).optional(),
});

/** Pull requests between branches of one repository, or from one of its forks. Nothing is ever merged. */
export function pullRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, repositories } = parts;
  const app = new Hono<RouteEnv>();
  const now = (): string => toSeconds(parts.clock.now());
  const pullsOf = (repository: Repository): Pull[] =>
    store.state.pulls.filter(({ repoId }) => repoId === repository.id);

  const options = async (repository: Repository, pull: Pull): Promise<PullViewOptions> => {
    const baseSha = await repositories.resolveCommit(repository.id, `refs/heads/${pull.base}`);
    return {
      urls: parts.urls,
      repository,
      owner: ownerOf(store, repository),
      store,
      ...(baseSha === null ? {} : { baseSha }),
    };
  };
  const fullView = async (repository: Repository, pull: Pull) => {
    const view = await options(repository, pull);
    const exclude = view.baseSha === undefined ? [] : [view.baseSha];
    const commits = await parts.history.count(repository.id, { include: pull.headSha, exclude });
    return fullPullView({ ...view, commits }, pull);
  };
  /** Where the head of a new pull request lies: here, or in somebody's fork; null if that person has none. */
  const sourceOf = (repository: Repository, login: string | undefined): Repository | null => {
    const owner = login === undefined ? undefined : store.userByLogin(login);
    if (login === undefined || owner?.id === repository.ownerId) return repository;
    return (
      store.state.repositories.find(({ forkOf, ownerId }) => forkOf === repository.id && ownerId === owner?.id) ?? null
    );
  };
  const requirePull = (c: RouteContext, repository: Repository): Pull => {
    const pull = pullsOf(repository).find(({ number }) => number === Number(c.req.param('number')));
    if (pull === undefined) throw notFound();
    return pull;
  };

  app.get('/', async (c) => {
    const repository = requireRepository(parts, c, { ...reading, resource: 'pull_requests' });
    const state = c.req.query('state') ?? 'open';
    const head = c.req.query('head')?.replace(/^.*:/, '');
    const base = c.req.query('base');
    const found = pullsOf(repository)
      .filter((pull) => state === 'all' || pull.state === state)
      .filter((pull) => (head === undefined || pull.head === head) && (base === undefined || pull.base === base))
      .reverse();
    const page = pageOf(parts, c, found);
    return c.json(await Promise.all(page.map(async (pull) => pullView(await options(repository, pull), pull))));
  });

  app.post('/', async (c) => {
    const repository = requireRepository(parts, c, writingPulls);
    const { user } = requireCaller(c);
    const body = await readBody(c, CreateBody);
    const [, login, head = body.head] = /^([^:]+):(.+)$/.exec(body.head) ?? [];
    const source = sourceOf(repository, login);
    const headSha = source === null ? null : await repositories.resolveCommit(source.id, `refs/heads/${head}`);
    const baseSha = await repositories.resolveCommit(repository.id, `refs/heads/${body.base}`);
    const invalid = (field: string) => validationFailed({ resource: 'PullRequest', code: 'invalid', field });
    if (source === null || headSha === null) throw invalid('head');
    if (baseSha === null) throw invalid('base');
    const custom = (message: string) => validationFailed({ resource: 'PullRequest', code: 'custom', message });
    const isFork = source.id !== repository.id;
    if (!isFork && (await repositories.isAncestor(repository.id, headSha, baseSha))) {
      throw custom(`No commits between ${body.base} and ${head}`);
    }
    const taken = pullsOf(repository).some(
      (pull) =>
        pull.state === 'open' &&
        pull.head === head &&
        pull.base === body.base &&
        (pull.headRepoId ?? repository.id) === source.id,
    );
    if (taken) throw custom(`A pull request already exists for ${store.fullName(source).split('/')[0] ?? ''}:${head}.`);

    const pull: Pull = {
      id: store.nextId(),
      repoId: repository.id,
      number: Math.max(0, ...pullsOf(repository).map(({ number }) => number)) + 1,
      state: 'open',
      title: body.title,
      body: body.body ?? null,
      draft: body.draft,
      head,
      headRepoId: isFork ? source.id : null,
      base: body.base,
      headSha,
      userId: user.id,
      createdAt: now(),
      updatedAt: now(),
      closedAt: null,
    };
    store.state.pulls.push(pull);
    const ref = `refs/pull/${String(pull.number)}/head`;
    if (isFork) await repositories.take(repository.id, source.id, `refs/heads/${head}:${ref}`);
    else await repositories.updateRef(repository.id, { ref, before: zeroSha, after: headSha });
    await store.save();
    parts.events.pullRequest({ pull, action: 'opened', sender: user });
    return c.json(await fullView(repository, pull), 201);
  });

  app.get('/:number', async (c) => {
    const repository = requireRepository(parts, c, { ...reading, resource: 'pull_requests' });
    return c.json(await fullView(repository, requirePull(c, repository)));
  });

  app.patch('/:number', async (c) => {
    const repository = requireRepository(parts, c, { ...writingPulls, role: 'push' });
    const pull = requirePull(c, repository);
    const body = await readBody(c, EditBody);
    const before = pull.state;
    pull.title = body.title ?? pull.title;
    pull.body = body.body === undefined ? pull.body : body.body;
    pull.state = body.state ?? pull.state;
    pull.closedAt = pull.state === 'open' ? null : (pull.closedAt ?? now());
    pull.updatedAt = now();
    await store.save();
    const action = pull.state === before ? 'edited' : pull.state === 'open' ? 'reopened' : 'closed';
    parts.events.pullRequest({ pull, action, sender: requireCaller(c).user });
    return c.json(await fullView(repository, pull));
  });

  return app;
}
