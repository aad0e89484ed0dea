import { Hono } from 'hono';
import * as z from 'zod';
import { administering, seeing } from '../access.ts';
import type { Caller } from '../caller.ts';
import { type FieldError, GitHubError, validationFailed } from '../errors.ts';
import { isRefName, zeroSha } from '../git/repositories.ts';
import type { Repository } from '../state.ts';
import { toSeconds } from '../time.ts';
import { fullRepositoryView, minimalRepositoryView } from '../views/repository.ts';
import { hiddenEmail } from '../views/user.ts';
import { sameName } from '../store.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { ownerOf, readBody, requireCaller, requireRepository } from './request.ts';

const CreateBody = z.object({
  name: z.string(),
  description: z.string().nullish(),
  private: z.boolean().optional(),
  visibility: z.enum(['public', 'private']).optional(),
  auto_init: z.boolean().default(false),
  default_branch: z.string().default('main'),
});
export type CreateRepository = z.output<typeof CreateBody>;
export const CreateRepository = CreateBody;

const EditBody = z.object({
  name: z.string().optional(),
  description: z.string().nullish(),
  private: z.boolean().optional(),
  visibility: z.enum(['public', 'private']).optional(),
  default_branch: z.string().optional(),
  archived: z.boolean().optional(),
});

/** Makes a repository of the caller's own. @throws GitHubError 422 for a name that is taken or cannot be one */
export async function createRepository(parts: Parts, caller: Caller, body: CreateRepository): Promise<Repository> {
  const { store, repositories } = parts;
  const { user } = caller;
  assertName(parts, `${user.login}/${body.name}`);
  if (!isRefName(body.default_branch)) throw wrongRepository('default_branch', 'default_branch is not a valid name');
  const now = toSeconds(parts.clock.now());
  const repository: Repository = {
    id: store.nextId(),
    ownerId: user.id,
    name: body.name,
    formerNames: [],
    private: body.private ?? body.visibility === 'private',
    archived: false,
    description: body.description ?? null,
    defaultBranch: body.default_branch,
    createdAt: now,
    updatedAt: now,
    pushedAt: now,
    collaborators: [],
    forkOf: null,
    lastPush: null,
  };
  // Taken before the first wait: two who ask for one name do not both get it.
  store.state.repositories.push(repository);
  await repositories.create(repository.id, repository.defaultBranch);
  if (body.auto_init) {
    const after = await parts.firstCommit(repositories.directory(repository.id), {
      path: 'README.md',
      content: `# ${repository.name}\n`,
      message: 'Initial commit',
      person: { name: user.login, email: hiddenEmail(user), date: now },
    });
    const change = { ref: `refs/heads/${repository.defaultBranch}`, before: zeroSha, after };
    await repositories.updateRef(repository.id, change);
    await parts.events.pushed(repository, user, [change]);
  }
  await store.save();
  return repository;
}

/** One repository: what it is, and changing that. */
export function repositoryRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, repositories, urls } = parts;
  const app = new Hono<RouteEnv>();
  const view = (repository: Repository, caller: Caller | null) =>
    fullRepositoryView({ urls, repository, owner: ownerOf(store, repository), viewer: caller?.user ?? null });

  app.get('/', (c) => c.json(view(requireRepository(parts, c, seeing), c.get('caller'))));

  app.patch('/', async (c) => {
    const repository = requireRepository(parts, c, administering);
    const body = await readBody(c, EditBody);
    const before = { ...repository };
    const fullName = store.fullName(repository);
    if (body.name !== undefined && body.name !== repository.name) {
      assertName(parts, `${ownerOf(store, repository).login}/${body.name}`, repository);
      repository.formerNames.push(fullName);
      repository.name = body.name;
      followTokens(parts, fullName, store.fullName(repository));
    }
    if (body.default_branch !== undefined && body.default_branch !== repository.defaultBranch) {
      const known = await repositories.resolveCommit(repository.id, `refs/heads/${body.default_branch}`);
      if (known === null) {
        throw wrongRepository(
          'default_branch',
          `The branch ${body.default_branch} was not found. Please push that ref first or create it via the Git Data API.`,
        );
      }
      repository.defaultBranch = body.default_branch;
      await repositories.setDefaultBranch(repository.id, body.default_branch);
    }
    if (body.description !== undefined) repository.description = body.description;
    if (body.visibility !== undefined) repository.private = body.visibility === 'private';
    repository.private = body.private ?? repository.private;
    repository.archived = body.archived ?? repository.archived;
    repository.updatedAt = toSeconds(parts.clock.now());
    await store.save();
    for (const action of changesOf(before, repository)) {
      parts.events.repository({ repository, action, sender: requireCaller(c).user });
    }
    return c.json(view(repository, c.get('caller')));
  });

  app.post('/forks', async (c) => {
    const repository = requireRepository(parts, c, seeing);
    const { user, ...caller } = requireCaller(c);
    const { name, private: isPrivate, defaultBranch } = repository;
    const body = { name, private: isPrivate, auto_init: false, default_branch: defaultBranch };
    const fork = await createRepository(parts, { user, ...caller }, body);
    fork.forkOf = repository.id;
    await repositories.take(fork.id, repository.id, 'refs/heads/*:refs/heads/*');
    await store.save();
    return c.json(view(fork, requireCaller(c)), 202);
  });

  app.post('/transfer', async (c) => {
    const repository = requireRepository(parts, c, administering);
    const { new_owner: login } = await readBody(c, z.object({ new_owner: z.string() }));
    const owner = store.userByLogin(login);
    if (owner === undefined) throw validationFailed({ resource: 'Repository', code: 'invalid', field: 'new_owner' });
    assertName(parts, `${owner.login}/${repository.name}`, repository);
    const sender = requireCaller(c).user;
    repository.formerNames.push(store.fullName(repository));
    repository.ownerId = owner.id;
    await store.save();
    parts.events.repository({ repository, action: 'transferred', sender });
    return c.json(minimalRepositoryView({ urls, repository, owner }), 202);
  });

  app.delete('/', async (c) => {
    const repository = requireRepository(parts, c, administering);
    parts.events.repository({ repository, action: 'deleted', sender: requireCaller(c).user });
    await parts.events.settled();
    const { state } = store;
    state.repositories = state.repositories.filter((candidate) => candidate !== repository);
    const hooks = store.hooksOf(repository.id);
    state.hooks = state.hooks.filter((hook) => !hooks.includes(hook));
    await parts.deliveries.forget(hooks);
    state.pulls = state.pulls.filter(({ repoId }) => repoId !== repository.id);
    const prefix = `${String(repository.id)}/`;
    state.statuses = Object.fromEntries(Object.entries(state.statuses).filter(([key]) => !key.startsWith(prefix)));
    delete state.comments[String(repository.id)];
    await store.save();
    await repositories.remove(repository.id);
    return c.body(null, 204);
  });

  return app;
}

/** Tokens are for repositories, whatever these are called. */
function followTokens({ store }: Parts, from: string, to: string): void {
  for (const token of store.state.tokens) {
    token.repositories = token.repositories?.map((name) => (sameName(name, from) ? to : name)) ?? null;
  }
}

/** What events tell of a repository that was edited (https://docs.github.com/webhooks/webhook-events-and-payloads#repository). */
function changesOf(before: Repository, after: Repository): string[] {
  return [
    ...(before.name === after.name ? [] : ['renamed']),
    ...(before.defaultBranch === after.defaultBranch && before.description === after.description ? [] : ['edited']),
    ...(before.private === after.private ? [] : [after.private ? 'privatized' : 'publicized']),
    ...(before.archived === after.archived ? [] : [after.archived ? 'archived' : 'unarchived']),
  ];
}

function assertName({ store }: Parts, fullName: string, except?: Repository): void {
  const name = fullName.slice(fullName.indexOf('/') + 1);
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(name) || name === '.' || name === '..' || name.endsWith('.git')) {
    throw wrongRepository('name', 'name is not valid');
  }
  const holder = store.repositoryByName(fullName);
  if (holder !== undefined && holder !== except) throw wrongRepository('name', 'name already exists on this account');
  // A name that leads elsewhere since a rename is taken over by the one who uses it anew.
  for (const repository of store.state.repositories) {
    repository.formerNames = repository.formerNames.filter((former) => former.toLowerCase() !== fullName.toLowerCase());
  }
}

function wrongRepository(field: string, message: string): GitHubError {
  const error: FieldError = { resource: 'Repository', code: 'custom', field, message };
  const failed = validationFailed(error);
  return field === 'name' ? new GitHubError(422, 'Repository creation failed.', { errors: [error] }) : failed;
}
