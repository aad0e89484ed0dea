import type { SessionView, TokenView } from '../../../shared/api/self-schemas.ts';
import type { Session } from '../../../shared/store/sessions.ts';
import type { TokenRecord } from '../../../shared/store/tokens.ts';
import type { Caller } from '../access/identity.ts';

/** A session as its person sees it. */
export function sessionView({ id, createdAt, expireAt, from, agent }: Session, { through }: Caller): SessionView {
  return {
    id,
    createdAt: createdAt.toISOString(),
    expiresAt: expireAt.toISOString(),
    from,
    agent,
    current: through.kind === 'session' && through.hash === id,
  };
}

/** A token as its person sees it. */
export function tokenView(record: TokenRecord, { through }: Caller): TokenView {
  const { id, kind, name, scope, repositories, createdAt, lastUsedAt, expireAt } = record;
  return {
    id,
    kind,
    name,
    scope,
    repositories: repositories?.map(({ fullName }) => fullName) ?? null,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    expiresAt: expireAt.toISOString(),
    current: through.kind === 'token' && through.hash === id,
  };
}
