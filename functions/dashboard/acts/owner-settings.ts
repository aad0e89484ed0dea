import type { Sealer } from '../../../shared/outside/keys.ts';
import { hashOf } from '../access/short-id.ts';
import type { Random } from '../../../shared/outside/random.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import { YbError } from '../../../shared/errors.ts';
import { VariableName } from '../../../shared/repository/build-secrets.ts';
import {
  type RepositorySettings,
  type KnownChange,
  type SettingsLimits,
  settingsProblem,
  withChange,
} from '../../../shared/repository/settings.ts';
import type { Messenger } from '../../../shared/messages/messenger.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { saveStored, type Stored, untilWritten, updateOf } from '../../../shared/store/record.ts';
import { readRegistered, Repository } from '../../../shared/store/repositories.ts';
import {
  readSecrets,
  removeSecret,
  secretPlace,
  type StoredSecret,
  writeSecret,
} from '../../../shared/store/repository-secrets.ts';

/** What the owners of a repository decide about it beside its registration: settings, and secrets of its own. */
export interface OwnerSettings {
  /** @throws YbError `not-found` for a repository that is not set up, here and below */
  read(repoId: string): Promise<RepositorySettings>;
  /** @throws YbError `unprocessable` for more than the installation gives, `conflict` if others change the same */
  change(repoId: string, change: KnownChange): Promise<RepositorySettings>;
  /** Names and times, never values. */
  secrets(repoId: string): Promise<readonly Omit<StoredSecret, 'sealed'>[]>;
  /** Sets a secret, anew or in place of what it was. */
  setSecret(
    repoId: string,
    secret: { readonly name: string; readonly value: string; readonly by: string },
  ): Promise<void>;
  /** @throws YbError `not-found` */
  removeSecret(repoId: string, name: string): Promise<void>;
  /** @returns the new key of the repository's badge, which nobody can see again. The one before is good no longer */
  makeBadgeKey(repoId: string, by: string): Promise<string>;
  /** Once more changes nothing. */
  removeBadgeKey(repoId: string): Promise<void>;
}

/** Of a badge's key: nobody guesses it. */
const keyBytes = 24;

export function createOwnerSettings(options: {
  readonly documents: Documents;
  readonly credentialKey: Sealer;
  readonly limits: SettingsLimits;
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly random: Random;
}): OwnerSettings {
  const { documents, clock, random } = options;
  const registered = async (repoId: string): Promise<Stored<Repository>> => {
    const repository = await readRegistered(documents, repoId);
    if (repository === null) throw new YbError('not-found', 'The repository is not set up here: run yb setup-repo');
    return repository;
  };
  const setBadgeKey = async (repoId: string, badgeKey: Repository['badgeKey']): Promise<void> => {
    await untilWritten(async () => {
      const before = await registered(repoId);
      await saveStored(documents, { schema: Repository, before, next: { ...before.value, badgeKey } });
    });
  };
  return {
    async read(repoId) {
      return (await registered(repoId)).value.settings;
    },
    async change(repoId, change) {
      const before = await registered(repoId);
      const settings = withChange(before.value.settings, change);
      const problem = settingsProblem(settings, options.limits);
      if (problem !== null) throw new YbError('unprocessable', problem);
      const write = updateOf(Repository, before, { ...before.value, settings });
      if (write !== null) await documents.commit([write]);
      // Said again if it was not heard the first time: whoever hears it looks at what is wanted.
      if (change.volumes !== undefined)
        await options.messenger.publish({ v: 1, type: 'repository.changed', repoId, told: 'person' });
      return settings;
    },
    async secrets(repoId) {
      await registered(repoId);
      return (await readSecrets(documents, repoId)).map(({ name, updatedAt, updatedBy }) => ({
        name,
        updatedAt,
        updatedBy,
      }));
    },
    async setSecret(repoId, { name, value, by }) {
      await registered(repoId);
      const place = secretPlace(repoId, name);
      const sealed = await options.credentialKey.seal(place, value);
      await writeSecret(documents, repoId, { name, sealed, updatedAt: clock.now(), updatedBy: by });
    },
    async removeSecret(repoId, name) {
      await registered(repoId);
      if (!(await removeSecret(documents, repoId, name))) throw new YbError('not-found', `There is no secret ${name}`);
    },
    async makeBadgeKey(repoId, by) {
      const key = Buffer.from(random.bytes(keyBytes)).toString('base64url');
      await setBadgeKey(repoId, { hash: hashOf(key), createdAt: clock.now(), by });
      return key;
    },
    async removeBadgeKey(repoId) {
      await setBadgeKey(repoId, null);
    },
  };
}

/** The name in a path. @throws YbError `bad-request` that says what a name is */
export function secretNameOf(text: string): string {
  const parsed = VariableName.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new YbError('bad-request', `The name of a secret ${parsed.error.issues[0]?.message ?? 'is not good'}`);
}
