import * as z from 'zod';
import { ShortId, TokenScope } from '../person/person.ts';

/** What goes in and out of the API about a person's own sessions and tokens. */

const Time = z.iso.datetime();

export const SessionView = z.object({
  id: ShortId,
  createdAt: Time,
  expiresAt: Time,
  from: z.string().nullable(),
  agent: z.string().nullable(),
  /** The one that asks. */
  current: z.boolean(),
});
export type SessionView = z.output<typeof SessionView>;

export const SessionList = z.object({ sessions: z.array(SessionView) });
export type SessionList = z.output<typeof SessionList>;

export const TokenView = z.object({
  id: ShortId,
  /** `login` is what `yb login` keeps. */
  kind: z.enum(['made', 'login']),
  name: z.string(),
  scope: TokenScope,
  /** Null for all that the person may see. */
  repositories: z.array(z.string()).nullable(),
  createdAt: Time,
  /** To an hour. */
  lastUsedAt: Time.nullable(),
  expiresAt: Time,
  /** The one that asks. */
  current: z.boolean(),
});
export type TokenView = z.output<typeof TokenView>;

export const TokenList = z.object({ tokens: z.array(TokenView) });
export type TokenList = z.output<typeof TokenList>;

/** The only time that a token is shown. */
export const MadeToken = TokenView.extend({ token: z.string() });
export type MadeToken = z.output<typeof MadeToken>;

const Name = z
  .string()
  .trim()
  .min(1, 'must say what it is for')
  .max(100)
  .regex(/^\P{Cc}*$/u, 'must be one line');

export const TokenBody = z.strictObject({
  name: Name,
  scope: TokenScope,
  /** By name; all that the person may see, if left out. */
  repositories: z.array(z.string().max(200)).min(1).max(100).optional(),
  days: z.coerce.number().int().min(1).max(365).default(90),
});
export type TokenBody = z.output<typeof TokenBody>;

/** What GitHub gave a program beside the token that it asks with, so that the sign-in outlasts it. */
export const LoginBody = z.strictObject({
  name: Name,
  refreshToken: z
    .string()
    .regex(/^[\x21-\x7e]{1,512}$/)
    .optional(),
  expiresInSeconds: z.number().int().min(1).max(31_536_000).optional(),
});
export type LoginBody = z.output<typeof LoginBody>;
