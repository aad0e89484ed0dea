import type { Sealer } from '../../../shared/outside/keys.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { Random } from '../../../shared/outside/random.ts';
import { errorCode, YbError } from '../../../shared/errors.ts';
import type { GitHub, PersonsRepository } from '../../../shared/outside/github.ts';
import { ownTrust } from '../../../shared/run/trust.ts';
import type { Documents, Write } from '../../../shared/outside/documents.ts';
import type { Fingerprints } from '../../../shared/sealing.ts';
import { hurryHookCheck, newHookCheck, readHookCheck } from '../../../shared/store/hook-checks.ts';
import { Hook, type HookSecret, hookPath, hookSecretPlace, newestFirst, rotated } from '../../../shared/store/hooks.ts';
import {
  commitChange,
  type Stored,
  storedOrNull,
  untilWritten,
  writeOf,
  creationOf,
} from '../../../shared/store/record.ts';
import {
  type Credential,
  credentialPlace,
  readRegistered,
  readRepository,
  Repository,
  repositoryPath,
} from '../../../shared/store/repositories.ts';
import { markStopped } from '../../../shared/store/stopping.ts';
import type { Messenger } from '../../../shared/messages/messenger.ts';
import { readVolumes, volumePath } from '../../../shared/store/volumes.ts';
import { newVolume, Volume } from '../../../shared/volume/volume.ts';
import type { RegistrationBody } from '../../../shared/api/schemas.ts';

/** What is stored of a registered repository. */
export interface Registered {
  readonly repository: Repository;
  readonly hook: Hook | null;
}

export interface Registration {
  read(repoId: string): Promise<Registered | null>;
  /**
   * Registers a repository, or changes what is registered: the same request twice changes nothing the second time. A new
   * secret of its hook is added beside the one before, which is good for an hour more.
   * @throws YbError `unprocessable` if the credential cannot do its work, `conflict` if others keep changing the same
   */
  register(request: Registering): Promise<Registered>;
  /**
   * Takes a repository out: no push of it counts from now on, its secrets are gone, and the scheduler is told to end its runs and to
   * remove its volumes. What it ran stays to be seen.
   * @throws YbError `not-found` for one that is not registered
   */
  unregister(repository: PersonsRepository, by: string): Promise<void>;
  /**
   * Has GitHub be asked at the next tick which deliveries to its hook failed, and to make them again. Once more changes nothing.
   * @throws YbError `not-found` for one that is not registered
   */
  redeliver(repository: PersonsRepository): Promise<void>;
}

/** Who wants what to be registered, and GitHub's token for the person. */
export interface Registering {
  readonly repository: PersonsRepository;
  readonly body: RegistrationBody;
  readonly by: string;
  readonly token: string;
}

/** Has GitHub's deliveries looked at from now on, if they are not yet. */
async function firstHookCheck(documents: Documents, repoId: string, now: Date): Promise<Write[]> {
  return (await readHookCheck(documents, repoId)) === null ? [newHookCheck(repoId, now)] : [];
}

/** By which the repository is to be reached from now on. */
type Wish = { readonly kind: 'none' | 'app' } | { readonly kind: 'token'; readonly token: string };

interface Given {
  readonly repoId: string;
  readonly wish: Wish;
  readonly by: string;
  readonly now: Date;
}

const firstVolumes = 2;
const overlapMilliseconds = 3_600_000;

export function createRegistration(options: {
  readonly documents: Documents;
  readonly hookDocuments: Documents;
  readonly messenger: Messenger;
  readonly github: GitHub;
  readonly hookKey: Sealer;
  readonly credentialKey: Sealer;
  /** By which a request that was sent before is known: the dashboard opens nothing. */
  readonly fingerprints: Fingerprints;
  readonly clock: Clock;
  readonly random: Random;
  /** Of each volume of a repository that was not there before. */
  readonly volumeGiB: number;
}): Registration {
  const { documents, hookDocuments, messenger, github, fingerprints, clock, random, volumeGiB } = options;
  const hex = (count: number): string => Buffer.from(random.bytes(count)).toString('hex');

  const readHook = async (hookKey: string | null): Promise<Stored<Hook> | null> => {
    if (hookKey === null) return null;
    const [snapshot] = await hookDocuments.get([hookPath(hookKey)]);
    return storedOrNull(Hook, snapshot);
  };

  const credentialAfter = async (known: Credential | null, given: Given): Promise<Credential | null> => {
    const added = { addedAt: given.now, addedBy: given.by };
    switch (given.wish.kind) {
      case 'none':
        return known;
      case 'app':
        return known?.kind === 'app' ? known : { kind: 'app', ...added };
      case 'token': {
        const { token } = given.wish;
        const place = credentialPlace(given.repoId);
        if (known?.kind === 'token' && fingerprints.fits(place, token, known.fingerprint)) return known;
        const sealed = await options.credentialKey.seal(place, token);
        return { kind: 'token', sealed, fingerprint: fingerprints.of(place, token), ...added };
      }
    }
  };

  const withSecret = async (hook: Hook, hookKey: string, secret: string, now: Date): Promise<Hook> => {
    // For the fingerprint the place is the hook alone: what is asked is whether its newest secret is this one.
    const path = hookPath(hookKey);
    if (fingerprints.fits(path, secret, newestFingerprint(hook))) return hook;
    const id = hex(8);
    const sealed = await options.hookKey.seal(hookSecretPlace(hookKey, id), secret);
    const fingerprint = fingerprints.of(path, secret);
    const added: HookSecret = { id, sealed, fingerprint, createdAt: now, retiresAt: null };
    const watched = { newestSeenAt: null, ...hook };
    return { ...watched, secrets: rotated(watched, added, overlapMilliseconds) };
  };

  const attempt = async (request: Registering, wish: Wish): Promise<Registered> => {
    const { repository: seen, body, by } = request;
    const now = clock.now();
    const before = await readRepository(documents, seen.id);
    // Of one that was taken out nothing goes on: neither its secrets nor its settings, which may be of another owner.
    const registered = before?.value.stopped === null ? before.value : null;
    if (before !== null && registered === null) await assertGone(documents, seen.id);
    const hookKey = registered?.hookKey ?? hex(16);
    const hookBefore = await readHook(registered?.hookKey ?? null);
    const { volumes, settings, createdAt, badgeKey } = registered ?? {
      volumes: { count: firstVolumes, sizeGiB: volumeGiB },
      settings: {},
      createdAt: now,
      badgeKey: null,
    };
    const repository: Repository = {
      id: seen.id,
      fullName: seen.fullName,
      defaultBranch: seen.defaultBranch,
      private: seen.private,
      customer: seen.ownerId,
      hookKey,
      credential: await credentialAfter(registered?.credential ?? null, { repoId: seen.id, wish, by, now }),
      volumes,
      badgeKey,
      settings,
      createdAt,
      stopped: null,
    };
    const empty: Hook = { repoId: seen.id, secrets: [], lastPingAt: null, createdAt: now };
    const known = hookBefore?.value ?? empty;
    const hook = body.hook === undefined ? known : await withSecret(known, hookKey, body.hook.secret, now);
    const writes: (Write | null)[] = [
      writeOf(Repository, repositoryPath(seen.id), before, repository),
      ...(registered === null ? newVolumes(seen.id, volumes.count) : []),
      ...(await firstHookCheck(documents, seen.id, now)),
    ];
    const changes = writes.filter((write) => write !== null);
    if (changes.length > 0) await commitChange(documents, changes);
    // Two databases know no common commit. The repository comes first and names the hook, so that of two requests at once both
    // mean the same one, and one that was broken off between is mended by the next.
    const ofHook = writeOf(Hook, hookPath(hookKey), hookBefore, hook);
    if (ofHook !== null) await commitChange(hookDocuments, [ofHook]);
    return { repository, hook };
  };

  return {
    async read(repoId) {
      const repository = await readRegistered(documents, repoId);
      if (repository === null) return null;
      const hook = await readHook(repository.value.hookKey);
      return { repository: repository.value, hook: hook?.value ?? null };
    },
    async register(request) {
      const wish = await wished(github, request, (await readRegistered(documents, request.repository.id)) !== null);
      return await untilWritten(async () => await attempt(request, wish));
    },
    async unregister({ id }, by) {
      const before = await readRegistered(documents, id);
      if (before === null) throw new YbError('not-found', 'not set up here');
      await markStopped({ documents, clock }, before, { by, why: 'unregistered' });
      const { hookKey } = before.value;
      if (hookKey !== null) await hookDocuments.commit([{ type: 'delete', path: hookPath(hookKey) }]);
      await messenger.publish({ v: 1, type: 'repository.changed', repoId: id, told: 'person' });
    },
    async redeliver({ id }) {
      if ((await readRegistered(documents, id)) === null) throw new YbError('not-found', 'not set up here');
      await untilWritten(async () => {
        await hurryHookCheck(documents, id, clock.now());
      });
    },
  };
}

/** @throws YbError `unprocessable` while what was taken out is still going away */
async function assertGone(documents: Documents, repoId: string): Promise<void> {
  if ((await readVolumes(documents, repoId)).length === 0) return;
  throw new YbError('unprocessable', 'What was here is still being taken out: try again in a few minutes');
}

function newVolumes(repoId: string, count: number): Write[] {
  return Array.from({ length: count }, (_, index) =>
    creationOf(Volume, volumePath(repoId, index), newVolume(index, ownTrust)),
  );
}

function newestFingerprint({ secrets }: Hook): string | null {
  const [newest] = newestFirst(secrets);
  return newest?.retiresAt === null ? newest.fingerprint : null;
}

/**
 * What is wanted, after GitHub was asked whether it can be had. A repository that is new here is reached as the App where that is
 * installed on it, so that nobody's token has to be kept.
 * @throws YbError `unprocessable` for a credential that cannot do its work, or does more than its work, with what to do about it
 */
async function wished(github: GitHub, request: Registering, isKnown: boolean): Promise<Wish> {
  const { repository, token, body } = request;
  const { credential } = body;
  if (credential !== undefined && 'token' in credential) {
    await examined(github, repository, credential);
    return { kind: 'token', token: credential.token };
  }
  if (credential === undefined && isKnown) return { kind: 'none' };
  if (await github.isInstalled(token, repository)) return { kind: 'app' };
  if (credential === undefined) return { kind: 'none' };
  throw new YbError(
    'unprocessable',
    `This server's GitHub App is not installed on ${repository.fullName}: install it first`,
  );
}

async function examined(
  github: GitHub,
  repository: PersonsRepository,
  credential: { readonly token: string; readonly allowBroad?: boolean | undefined },
): Promise<void> {
  const { repository: seen, readsCode, broad } = await examine(github, repository, credential.token);
  if (seen?.id !== repository.id || !readsCode) {
    throw new YbError(
      'unprocessable',
      `This token cannot read ${repository.fullName}. Make a fine-grained token for this one repository with ` +
        'Contents: read and Commit statuses: write, and give it by --credential-token-file FILE',
    );
  }
  if (broad && credential.allowBroad !== true) {
    throw new YbError(
      'unprocessable',
      'This is a classic token: it reaches everything that its owner does, and each checkout can see it. Make a ' +
        'fine-grained token for this one repository, or say --allow-broad-token',
    );
  }
}

async function examine(github: GitHub, repository: PersonsRepository, token: string) {
  try {
    return await github.examine(token, repository.fullName);
  } catch (error) {
    // GitHub's "unauthenticated" is about the token in the body here, not about who asks.
    if (errorCode(error) === 'unauthenticated') return { repository: null, readsCode: false, broad: false };
    throw error;
  }
}
