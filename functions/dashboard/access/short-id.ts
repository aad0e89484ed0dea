import { createHash } from 'node:crypto';

/** The hash under which a session's id or a token is kept: 64 hexadecimal digits. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** By which people and the audit trail name what has this hash. */
export function shortIdOf(hash: string): string {
  return hash.slice(0, 16);
}
