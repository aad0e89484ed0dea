import * as z from 'zod';

/** The names by which everything is found: their patterns stand here and nowhere else. */

/** A repository's number at GitHub, which stays when its name changes. */
export const RepoId = z.string().regex(/^[0-9]{1,20}$/);

/** 26 characters of base 32, made by `shared/run/identity.ts`. */
export const runIdPattern = '[a-z0-9]{26}';
export const RunId = z.string().regex(new RegExp(`^${runIdPattern}$`));

/** The full name of a commit, SHA-1 or SHA-256. */
export const Sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);
/** Git's own word for none. */
export const noCommit = '0'.repeat(40);

/** Which try of a run. A run has at most three; the room is for what may come. */
export const attemptLimit = 99;
export const Attempt = z.number().int().min(1).max(attemptLimit);
