import * as z from 'zod';

/** Who it is, at GitHub: the number stays, the name may change. */
export const PersonName = z.object({ id: z.string().min(1).max(64), login: z.string().min(1).max(100) });
export type PersonName = z.output<typeof PersonName>;

/** A short name for a session or a token: the beginning of the hash under which it is kept. It opens nothing. */
export const ShortId = z.string().regex(/^[0-9a-f]{16}$/);

/** What a token may do at most, each with what stands before it: see; start, cancel and run again; administer. */
export const TokenScope = z.enum(['read', 'run', 'admin']);
export type TokenScope = z.output<typeof TokenScope>;

/** What a person may do with a repository: *read* sees, *write* starts, cancels and runs again, *admin* registers. */
export type Right = 'read' | 'write' | 'admin';
