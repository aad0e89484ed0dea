import { errorCode } from '../errors.ts';
import { createMemory } from '../memory.ts';
import type { Clock } from '../outside/clock.ts';
import type { GitHubOfRepositories, InstallationPermissions, InstallationToken } from '../outside/github.ts';
import type { Opener } from '../outside/keys.ts';
import { type Repository, credentialPlace } from '../store/repositories.ts';

/** What a repository's credential is wanted for: of the App's installation no more than this is asked. */
const uses = {
  checkout: { contents: 'read' },
  vouch: { contents: 'read' },
  status: { statuses: 'write' },
  // Who may read the code may comment on a commit, and have commits compared.
  comment: { contents: 'read' },
  redelivery: { repository_hooks: 'write' },
} as const satisfies Readonly<Record<string, InstallationPermissions>>;
export type Use = keyof typeof uses;

/** The rights of repositories at GitHub, as functions use them. */
export interface Credentials {
  /**
   * A token for this one repository, and for a checkout those that its owner has named; null if it has no credential. A stored one
   * is what it is, and cannot be narrowed.
   * @throws YbError `github-not-found` where the App is not installed on the repository, `github-unauthorized` where there is no App,
   * `unreadable-secret`, and what another try may mend
   */
  tokenFor(
    repository: Pick<Repository, 'id' | 'fullName' | 'credential' | 'settings'>,
    use: Use,
  ): Promise<string | null>;
}

/** A token is good for an hour; who takes one may need it for as long as a checkout takes. */
const spareMilliseconds = 20 * 60_000;
const remembered = 1_000;

export function createCredentials(options: {
  readonly github: Pick<GitHubOfRepositories, 'installationToken'>;
  readonly key: Opener;
  readonly clock: Clock;
}): Credentials {
  const { github, key, clock } = options;
  const tokens = createMemory<InstallationToken>({ clock, limit: remembered });
  const tokenOf = async (...[repository, permissions, also]: Parameters<typeof github.installationToken>) => {
    try {
      return await github.installationToken(repository, permissions, also);
    } catch (error) {
      // The App was taken off one that is named: the repository itself can still be read, and the checkout says which cannot.
      if (also?.length === 0 || errorCode(error) !== 'github-refused') throw error;
      return await github.installationToken(repository, permissions);
    }
  };
  return {
    async tokenFor({ id, fullName, credential, settings }, use) {
      switch (credential?.kind) {
        case undefined:
          return null;
        case 'token':
          return await key.open(credentialPlace(id), credential.sealed);
        case 'app': {
          const permissions = uses[use];
          const also = use === 'checkout' ? (settings.submodules ?? []).map((one) => one.id) : [];
          const { token } = await tokens.of(
            JSON.stringify([id, fullName, permissions, also]),
            async () => await tokenOf({ id, fullName }, permissions, also),
            ({ expiresAt }) => expiresAt.getTime() - clock.now().getTime() - spareMilliseconds,
          );
          return token;
        }
      }
    },
  };
}
