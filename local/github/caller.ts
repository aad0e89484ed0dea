import { badCredentials } from './errors.ts';
import type { Token, User } from './state.ts';
import type { Store } from './store.ts';

/** Who asks, and with what. */
export interface Caller {
  readonly user: User;
  readonly token: Token;
}

/**
 * Reads `Authorization: token X`, `Bearer X`, or Basic with the token as password.
 * @returns null if there is none. @throws GitHubError 401 if it is not a token that works.
 */
export function readCaller(store: Store, authorization: string | undefined, now: Date): Caller | null {
  if (authorization === undefined) return null;
  const value = tokenIn(authorization);
  const token = store.state.tokens.find((candidate) => candidate.value === value);
  const user = token === undefined ? undefined : store.userById(token.userId);
  if (token === undefined || user === undefined || isOver(token, now)) throw badCredentials();
  return { user, token };
}

/** Whether a token has expired. */
export function isOver({ expiresAt }: Token, now: Date): boolean {
  return expiresAt !== null && expiresAt <= now.getTime();
}

function tokenIn(authorization: string): string | null {
  const [, scheme = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(authorization) ?? [];
  switch (scheme.toLowerCase()) {
    case 'token':
    case 'bearer':
      return rest;
    case 'basic': {
      const decoded = Buffer.from(rest, 'base64').toString('utf8');
      const colon = decoded.indexOf(':');
      const password = colon === -1 ? '' : decoded.slice(colon + 1);
      // GitHub also takes the token as the user's name, with an empty password or `x-oauth-basic`.
      return password === '' || password === 'x-oauth-basic' ? decoded.slice(0, Math.max(colon, 0)) : password;
    }
    default:
      return null;
  }
}
