import type { Key } from '../../../shared/outside/keys.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { Random } from '../../../shared/outside/random.ts';
import { errorCode, YbError } from '../../../shared/errors.ts';
import type { GitHub, PersonsRepository } from '../../../shared/outside/github.ts';
import { ownTrust } from '../../../shared/run/trust.ts';
import type { Documents, Write } from '../../../shared/outside/documents.ts';
import { Hook, type HookSecret, hookPath, rotated } from '../../../shared/store/hooks.ts';
import { type Stored, storedOrNull, updateOf, creationOf } from '../../../shared/store/record.ts';
import { type Credential, readRepository, Repository, repositoryPath } from '../../../shared/store/repositories.ts';
import { volumePath } from '../../../shared/store/volumes.ts';
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
  register(request: {
    readonly repository: PersonsRepository;
    readonly body: RegistrationBody;
    readonly by: string;
  }): Promise<Registered>;
}

const firstVolumes = 2;
const overlapMilliseconds = 3_600_000;
const tries = 5;

export function createRegistration(options: {
  readonly documents: Documents;
  readonly github: GitHub;
  readonly hookKey: Key;
  readonly credentialKey: Key;
  readonly clock: Clock;
  readonly random: Random;
  /** Of each volume of a repository that was not there before. */
  readonly volumeGiB: number;
}): Registration {
  const { documents, github, clock, random, volumeGiB } = options;
  const hex = (count: number): string => Buffer.from(random.bytes(count)).toString('hex');

  const readHook = async (hookKey: string | null): Promise<Stored<Hook> | null> => {
    if (hookKey === null) return null;
    const [snapshot] = await documents.get([hookPath(hookKey)]);
    return storedOrNull(Hook, snapshot);
  };

  const credentialAfter = async (
    before: Repository | null,
    given: { readonly repoId: string; readonly token: string | undefined; readonly by: string; readonly now: Date },
  ): Promise<Credential | null> => {
    const known = before?.credential ?? null;
    if (given.token === undefined) return known;
    const where = { key: options.credentialKey, place: repositoryPath(given.repoId) };
    if (known !== null && (await opens({ ...where, sealed: known.sealed }, given.token))) return known;
    const sealed = await where.key.seal(where.place, given.token);
    return { kind: 'token', sealed, addedAt: given.now, addedBy: given.by };
  };

  const withSecret = async (hook: Hook, hookKey: string, secret: string, now: Date): Promise<Hook> => {
    const place = hookPath(hookKey);
    if (await isNewest(hook, secret, { key: options.hookKey, place })) return hook;
    const sealed = await options.hookKey.seal(place, secret);
    const added: HookSecret = { id: hex(8), sealed, createdAt: now, retiresAt: null };
    return { ...hook, secrets: rotated(hook.secrets, added, overlapMilliseconds) };
  };

  const attempt = async (request: Parameters<Registration['register']>[0]): Promise<Registered> => {
    const { repository: seen, body, by } = request;
    const now = clock.now();
    const before = await readRepository(documents, seen.id);
    const hookKey = before?.value.hookKey ?? hex(16);
    const hookBefore = await readHook(before?.value.hookKey ?? null);
    const { volumes, settings, createdAt } = before?.value ?? {
      volumes: { count: firstVolumes, sizeGiB: volumeGiB },
      settings: {},
      createdAt: now,
    };
    const repository: Repository = {
      id: seen.id,
      fullName: seen.fullName,
      defaultBranch: seen.defaultBranch,
      private: seen.private,
      customer: seen.ownerId,
      hookKey,
      credential: await credentialAfter(before?.value ?? null, {
        repoId: seen.id,
        token: body.credential?.token,
        by,
        now,
      }),
      volumes,
      settings,
      createdAt,
    };
    const empty: Hook = { repoId: seen.id, secrets: [], lastPingAt: null, createdAt: now };
    const known = hookBefore?.value ?? empty;
    const hook = body.hook === undefined ? known : await withSecret(known, hookKey, body.hook.secret, now);
    const writes: (Write | null)[] = [
      before === null
        ? creationOf(Repository, repositoryPath(seen.id), repository)
        : updateOf(Repository, before, repository),
      hookBefore === null ? creationOf(Hook, hookPath(hookKey), hook) : updateOf(Hook, hookBefore, hook),
      ...(before === null ? newVolumes(seen.id, volumes.count) : []),
    ];
    const changes = writes.filter((write) => write !== null);
    if (changes.length > 0) await documents.commit(changes);
    return { repository, hook };
  };

  return {
    async read(repoId) {
      const repository = await readRepository(documents, repoId);
      if (repository === null) return null;
      const hook = await readHook(repository.value.hookKey);
      return { repository: repository.value, hook: hook?.value ?? null };
    },
    async register(request) {
      if (request.body.credential !== undefined) await examined(github, request.repository, request.body.credential);
      for (let left = tries - 1; ; left -= 1) {
        try {
          return await attempt(request);
        } catch (error) {
          const lost = errorCode(error) === 'conflict' || errorCode(error) === 'already-exists';
          if (!lost || left === 0) throw error;
        }
      }
    },
  };
}

function newVolumes(repoId: string, count: number): Write[] {
  return Array.from({ length: count }, (_, index) =>
    creationOf(Volume, volumePath(repoId, index), newVolume(index, ownTrust)),
  );
}

interface Sealed {
  readonly key: Key;
  readonly place: string;
  readonly sealed: string;
}

async function isNewest(hook: Hook, secret: string, where: Omit<Sealed, 'sealed'>): Promise<boolean> {
  const newest = [...hook.secrets].sort((left, right) => right.createdAt.getTime() - left.createdAt.getTime())[0];
  if (newest === undefined || newest.retiresAt !== null) return false;
  return await opens({ ...where, sealed: newest.sealed }, secret);
}

async function opens({ key, place, sealed }: Sealed, expected: string): Promise<boolean> {
  try {
    return (await key.open(place, sealed)) === expected;
  } catch {
    // Sealed with a key that is gone: it is replaced.
    return false;
  }
}

/** Refuses a credential that cannot do its work, or does more than its work, with what to do about it. */
async function examined(
  github: GitHub,
  repository: PersonsRepository,
  credential: NonNullable<RegistrationBody['credential']>,
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
