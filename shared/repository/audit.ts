import * as z from 'zod';

/** What somebody may change: of a repository, and of what they themselves are let in by. */
export const Deed = z.enum([
  'repository.register',
  'repository.unregister',
  'settings.change',
  'secret.set',
  'secret.remove',
  'hook.redeliver',
  'badge-key.make',
  'badge-key.remove',
  'run.start',
  'run.rerun',
  'run.cancel',
  'run.approve',
  'token.make',
  'token.revoke',
  'session.end',
]);
export type Deed = z.output<typeof Deed>;

/** Sorts by time; unique among the entries of one repository or person. */
export const AuditId = z.string().regex(/^[0-9]{15}-[0-9a-f]{12}$/);

/** `repos/{repoId}/audit/{id}` and `people/{personId}/audit/{id}`: who did what to what, when, by what, from where, with what result. Nothing in it is secret. */
export const AuditEntry = z.object({
  id: AuditId,
  at: z.date(),
  by: z.object({ id: z.string(), login: z.string() }),
  /** With the id of the session or the token, or the beginning of the hash of one that the App gave a program. */
  through: z.object({ kind: z.enum(['session', 'token', 'app']), hash: z.string() }),
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
