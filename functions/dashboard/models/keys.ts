import { isNewestSeen, liveSecrets } from '../../../shared/store/hooks.ts';
import type { StoredSecret } from '../../../shared/store/repository-secrets.ts';
import type { Registered } from '../acts/registration.ts';

/** What a repository's owner may want to renew: never its value. */
export interface KeyRow {
  readonly what: string;
  readonly since: Date;
  /** Null where it is not known who brought it. */
  readonly by: string | null;
  /** When it stops to be good, if another one has taken its place. */
  readonly until: Date | null;
  /** By which it is renewed; null where that happens by itself. */
  readonly renew: string | null;
}

/** All of a repository that opens something, what counts from now on before what retires. Pure. */
export function keyRows(of: {
  readonly fullName: string;
  readonly registered: Registered;
  readonly secrets: readonly Omit<StoredSecret, 'sealed'>[];
  readonly now: Date;
}): readonly KeyRow[] {
  const { hook, repository } = of.registered;
  const { credential } = repository;
  const again = `yb setup-repo ${of.fullName}`;
  const newestSeen = hook === null || isNewestSeen(hook);
  const hookRows = liveSecrets(hook?.secrets ?? [], { newestSeen, now: of.now })
    .toSorted((one, other) => Number(one.retiresAt !== null) - Number(other.retiresAt !== null))
    .map(({ createdAt, retiresAt }) => ({
      what: retiresAt === null || newestSeen ? 'Secret of the hook' : 'Secret of the hook, which GitHub still uses',
      since: createdAt,
      by: null,
      until: newestSeen ? retiresAt : null,
      renew: retiresAt === null ? `${again} --rotate-secret` : null,
    }));
  const credentialRows =
    credential === null
      ? []
      : [
          {
            what: credential.kind === 'app' ? 'GitHub App: a token for each hour' : 'Token that was given',
            since: credential.addedAt,
            by: credential.addedBy,
            until: null,
            renew: credential.kind === 'app' ? null : `${again} --replace-credential --credential-token-file FILE`,
          },
        ];
  const secretRows = of.secrets.map(({ name, updatedAt, updatedBy }) => ({
    what: `Secret ${name}`,
    since: updatedAt,
    by: updatedBy,
    until: null,
    renew: `yb secret set ${name}`,
  }));
  const { badgeKey } = repository;
  const badgeRows =
    badgeKey === null
      ? []
      : [
          {
            what: 'Key of badge and feed',
            since: badgeKey.createdAt,
            by: badgeKey.by,
            until: null,
            renew: 'yb badge --new-key',
          },
        ];
  return [...hookRows, ...credentialRows, ...secretRows, ...badgeRows];
}
