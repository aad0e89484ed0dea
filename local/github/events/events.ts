import type { Clock } from '../../../shared/outside/clock.ts';
import type { Log } from '../../../shared/outside/log.ts';
import type { History } from '../git/history.ts';
import { type Ref, type Repositories, zeroSha } from '../git/repositories.ts';
import type { Hook, Installation, Pull, RefChange, Repository, User } from '../state.ts';
import type { Store } from '../store.ts';
import { toSeconds } from '../time.ts';
import { hookView } from '../views/hook.ts';
import { installationView } from '../views/installation.ts';
import { pullView } from '../views/pull.ts';
import { repositoryView } from '../views/repository.ts';
import { userView } from '../views/user.ts';
import type { Urls } from '../views/urls.ts';
import type { Deliveries } from './deliveries.ts';
import { type PushEvent, pushPayload } from './payloads.ts';

/** What happened to a repository, told to its hooks. Hooks are told in the background, in the order of what happened. */
export interface Events {
  /**
   * Takes note of a push: `pushed_at`, the default branch of a repository that was empty, pull requests of the pushed
   * branches. When it resolves, that is kept; hooks are told afterwards.
   */
  pushed(repository: Repository, pusher: User, changes: readonly RefChange[]): Promise<void>;
  /** Tells one hook of the last push again, unless there was none or the hook does not listen to pushes. */
  resendPush(repository: Repository, hook: Hook): Promise<void>;
  ping(repository: Repository, hook: Hook, sender: User): void;
  pullRequest(options: {
    readonly pull: Pull;
    readonly action: string;
    readonly sender: User;
    readonly before?: string;
  }): void;
  /** Tells hooks that listen to it, and the application, what has become of a repository. */
  repository(options: { readonly repository: Repository; readonly action: string; readonly sender: User }): void;
  /** Tells the application that it was taken off these repositories. */
  uninstalled(installation: Installation, repositories: readonly Repository[]): void;
  /** Resolves when every event so far has been handed to the deliveries. */
  settled(): Promise<void>;
}

/** GitHub makes no event for tags if a push has more of them than the first, none for branches beyond the second. */
const maxTags = 3;
const maxBranches = 5000;

export interface EventsOptions {
  readonly store: Store;
  readonly repositories: Repositories;
  readonly history: History;
  readonly deliveries: Deliveries;
  readonly urls: Urls;
  readonly clock: Clock;
  readonly log: Log;
}

export function createEvents(options: EventsOptions): Events {
  const { store, repositories, deliveries, urls } = options;
  /** The end of each repository's queue. */
  const queues = new Map<number, Promise<void>>();

  const enqueue = async <Result>(repoId: number, work: () => Promise<Result>): Promise<Result> => {
    const result = (queues.get(repoId) ?? Promise.resolve()).then(work);
    const settled = result.then(
      () => undefined,
      (error: unknown) => {
        options.log.error({ cause: error instanceof Error ? error.message : String(error) }, 'event failed');
      },
    );
    queues.set(repoId, settled);
    void settled.then(() => {
      if (queues.get(repoId) === settled) queues.delete(repoId);
    });
    return await result;
  };

  /** For what nobody waits for; its failure is in the log. */
  const enqueueAside = (repoId: number, work: () => Promise<void>): void => {
    enqueue(repoId, work).catch(() => undefined);
  };

  const listeners = (repoId: number, event: string): Hook[] =>
    store.hooksOf(repoId).filter((hook) => listens(hook, event));

  /** The application's own hook, as a hook of no repository. */
  const appHooks = (): Hook[] => {
    const { id, hook } = store.state.app;
    if (hook === null) return [];
    const at = toSeconds(options.clock.now());
    return [
      {
        id,
        repoId: 0,
        active: true,
        events: ['*'],
        config: { ...hook, content_type: 'json', insecure_ssl: '0' },
        createdAt: at,
        updatedAt: at,
        lastResponse: { code: null, status: 'unused', message: null },
      },
    ];
  };

  const ownerOf = (repository: Repository): User => {
    const owner = store.userById(repository.ownerId);
    if (owner === undefined) throw new Error(`repository ${String(repository.id)} has no owner`);
    return owner;
  };

  const tellPush = (event: Omit<PushEvent, 'urls' | 'owner' | 'users'>, hooks: () => Hook[]): void => {
    // The payload tells of this moment, not of the one at which it is made.
    const snapshot = { ...event, repository: { ...event.repository }, owner: ownerOf(event.repository) };
    enqueueAside(snapshot.repository.id, async () => {
      const told = hooks();
      if (told.length === 0) return;
      const payload = await pushPayload(options, { ...snapshot, urls, users: store.state.users });
      // Receivers are not waited for: one that is slow delays no other event.
      void deliveries.deliver(told, { event: 'push', action: null, payload });
    });
  };

  const pullRequest: Events['pullRequest'] = ({ pull, action, sender, before }) => {
    const repository = store.repositoryById(pull.repoId);
    if (repository === undefined) return;
    const owner = ownerOf(repository);
    const payload = {
      action,
      number: pull.number,
      pull_request: pullView({ urls, repository, owner, store }, pull),
      ...(before === undefined ? {} : { before, after: pull.headSha }),
      repository: repositoryView({ urls, repository, owner }),
      sender: userView(urls, sender),
    };
    enqueueAside(pull.repoId, async () => {
      void deliveries.deliver(listeners(pull.repoId, 'pull_request'), { event: 'pull_request', action, payload });
      await Promise.resolve();
    });
  };

  /** Open pull requests follow the branches that they are made of. */
  const movePulls = async (repository: Repository, pusher: User, changes: readonly RefChange[]): Promise<void> => {
    for (const { ref, after } of changes) {
      const open = store.state.pulls.filter(
        (pull) => (pull.headRepoId ?? pull.repoId) === repository.id && pull.state === 'open',
      );
      for (const pull of open.filter(({ head }) => ref === `refs/heads/${head}`)) {
        const before = pull.headSha;
        pull.updatedAt = toSeconds(options.clock.now());
        if (after === zeroSha) {
          pull.state = 'closed';
          pull.closedAt = pull.updatedAt;
          pullRequest({ pull, action: 'closed', sender: pusher });
        } else {
          pull.headSha = after;
          const pullRef = `refs/pull/${String(pull.number)}/head`;
          if (pull.headRepoId === null) await repositories.updateRef(pull.repoId, { ref: pullRef, before, after });
          else await repositories.take(pull.repoId, pull.headRepoId, `${ref}:${pullRef}`);
          pullRequest({ pull, action: 'synchronize', sender: pusher, before });
        }
      }
    }
  };

  return {
    pushed: async (repository, pusher, all) => {
      const changes = all.filter(({ before, after }) => before !== after);
      if (changes.length === 0) return;
      await enqueue(repository.id, async () => {
        const branches = await repositories.refs(repository.id, ['refs/heads/']);
        await adoptDefaultBranch({ repositories, repository, changes, branches });
        repository.pushedAt = toSeconds(options.clock.now());
        repository.updatedAt = repository.pushedAt;

        const moved = changes.filter(({ ref }) => ref.startsWith('refs/heads/'));
        const tags = changes.filter(({ ref }) => ref.startsWith('refs/tags/'));
        const told = [...(moved.length > maxBranches ? [] : moved), ...(tags.length > maxTags ? [] : tags)];
        for (const change of told) {
          repository.lastPush = { userId: pusher.id, change };
          tellPush({ repository, pusher, change, changes, branches }, () => listeners(repository.id, 'push'));
        }
        await movePulls(repository, pusher, moved);
        await store.save();
      });
    },
    resendPush: async (repository, hook) => {
      const last = repository.lastPush;
      const pusher = store.userById(last?.userId ?? 0);
      if (last === null || pusher === undefined || !listens(hook, 'push')) return;
      const { change } = last;
      const branches = await repositories.refs(repository.id, ['refs/heads/']);
      tellPush({ repository, pusher, change, changes: [change], branches }, () => [hook]);
    },
    ping: (repository, hook, sender) => {
      const owner = ownerOf(repository);
      const payload = {
        zen: 'Keep it logically awesome.',
        hook_id: hook.id,
        hook: hookView({ urls, fullName: store.fullName(repository), hook }),
        repository: repositoryView({ urls, repository, owner }),
        sender: userView(urls, sender),
      };
      void deliveries.deliver([hook], { event: 'ping', action: null, payload });
    },
    pullRequest,
    repository: ({ repository, action, sender }) => {
      const payload = {
        action,
        repository: repositoryView({ urls, repository, owner: ownerOf(repository) }),
        sender: userView(urls, sender),
      };
      enqueueAside(repository.id, async () => {
        const told = [...listeners(repository.id, 'repository'), ...appHooks()];
        void deliveries.deliver(told, { event: 'repository', action, payload });
        await Promise.resolve();
      });
    },
    uninstalled: (installation, gone) => {
      const account = store.userById(installation.accountId);
      const payload = {
        action: 'deleted',
        installation: installationView(store, urls, installation),
        repositories: gone.map(({ id, name }) => ({ id, name })),
        ...(account === undefined ? {} : { sender: userView(urls, account) }),
      };
      void deliveries.deliver(appHooks(), { event: 'installation', action: 'deleted', payload });
    },
    settled: async () => {
      while (queues.size > 0) await Promise.all(queues.values());
    },
  };
}

function listens(hook: Hook, event: string): boolean {
  return hook.active && (hook.events.includes('*') || hook.events.includes(event));
}

/** The first branch pushed to an empty repository becomes its default branch, unless the named one is among them. */
async function adoptDefaultBranch(options: {
  readonly repositories: Repositories;
  readonly repository: Repository;
  readonly changes: readonly RefChange[];
  readonly branches: readonly Ref[];
}): Promise<void> {
  const { repositories, repository } = options;
  const created = options.changes.filter(({ ref, before }) => ref.startsWith('refs/heads/') && before === zeroSha);
  const [first] = created;
  if (first === undefined || created.some(({ ref }) => ref === `refs/heads/${repository.defaultBranch}`)) return;
  if (!options.branches.every(({ ref }) => created.some((change) => change.ref === ref))) return;
  repository.defaultBranch = first.ref.slice('refs/heads/'.length);
  await repositories.setDefaultBranch(repository.id, repository.defaultBranch);
}
