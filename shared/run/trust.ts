import * as z from 'zod';

/**
 * Whose code it is: of the repository itself, or of anybody who may send a pull request. A volume belongs to one class, and
 * only trusted runs are given secrets.
 */
export const TrustClass = z.enum(['trusted', 'fork']);
export type TrustClass = z.output<typeof TrustClass>;

/** The class of the volumes that a repository begins with. */
export const ownTrust: TrustClass = 'trusted';

/**
 * The one answer to "may this ref's code be trusted?": branches of the repository itself are, since only who may write to it
 * moves them; everything else is not, pull requests above all. Derived wherever it matters, never believed.
 */
export function trustOf(ref: string): TrustClass {
  return ref.startsWith('refs/heads/') ? 'trusted' : 'fork';
}

/** Whether a run of this class may hold what is secret, and be remembered as the repository's own. */
export function isTrusted(trust: TrustClass): boolean {
  return trust === 'trusted';
}
