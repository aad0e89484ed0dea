import * as z from 'zod';

/** What somebody may change in a repository. */
export const Deed = z.enum([
  'repository.register',
  'settings.change',
  'secret.set',
  'secret.remove',
  'run.start',
  'run.rerun',
  'run.cancel',
]);
export type Deed = z.output<typeof Deed>;

/** Sorts by time; unique within a repository. */
export const AuditId = z.string().regex(/^[0-9]{15}-[0-9a-f]{12}$/);

/** `repos/{repoId}/audit/{id}`: who did what to what, when, by what, from where, with what result. Nothing in it is secret. */
export const AuditEntry = z.object({
  id: AuditId,
  at: z.date(),
  by: z.object({ id: z.string(), login: z.string() }),
  /** With the beginning of the hash of a token, by which two deeds can be told to be by the same. */
  through: z.object({ kind: z.enum(['session', 'token']), hash: z.string() }),
  /** The client's address, if it is known. */
  from: z.string().nullable(),
  deed: Deed,
  about: z.string().nullable(),
  /** `done`, or the code of the error; null while it is done, and where nobody came back to say. */
  result: z.string().nullable(),
  /** When Firestore may delete it (https://cloud.google.com/firestore/docs/ttl). */
  expireAt: z.date(),
});
export type AuditEntry = z.output<typeof AuditEntry>;
