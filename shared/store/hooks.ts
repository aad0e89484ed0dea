import * as z from 'zod';
import { RepoId } from '../ids.ts';
import { parseValue } from '../json.ts';
import type { HookDocuments } from '../outside/hooks.ts';

/** 128 random bits in hexadecimal: the unguessable part of a hook's URL. */
export const HookKey = z.string().regex(/^[0-9a-f]{32}$/);

export const HookSecret = z.object({
  id: z.string(),
  /** Opens for {@link hookSecretPlace} only. */
  sealed: z.string(),
  /** By which the same secret is known without being opened. */
  fingerprint: z.string().nullable().default(null),
  createdAt: z.date(),
  /** Refused from then on. */
  retiresAt: z.date().nullable(),
});
export type HookSecret = z.output<typeof HookSecret>;

/** `hooks/{hookKey}`: at most two secrets are live at a time. */
export const Hook = z.object({
  repoId: RepoId,
  secrets: z.array(HookSecret).max(2),
  lastPingAt: z.date().nullable(),
  createdAt: z.date(),
});
export type Hook = z.output<typeof Hook>;

export function hookPath(hookKey: string): string {
  return `hooks/${hookKey}`;
}

/** What a secret of a hook is sealed for. */
export function hookSecretPlace(hookKey: string, secretId: string): string {
  return `${hookPath(hookKey)}#secret/${secretId}`;
}

/** Reads a hook through its schema. @throws YbError `store-unavailable`, `malformed-document` */
export async function readHook(hooks: HookDocuments, hookKey: string): Promise<Hook | null> {
  const fields = await hooks.get(hookKey);
  return fields === null ? null : parseValue(Hook, fields, { what: 'hook', code: 'malformed-document' });
}

/** Writes down that GitHub's `ping` has come through. @throws YbError `store-unavailable` */
export async function markSeen(hooks: HookDocuments, hookKey: string, at: Date): Promise<void> {
  await hooks.update(hookKey, { lastPingAt: at } satisfies Partial<Hook>);
}

/** The secrets that count at this moment. */
export function liveSecrets<Secret extends { readonly retiresAt: Date | null }>(
  secrets: readonly Secret[],
  now: Date,
): Secret[] {
  return secrets.filter(({ retiresAt }) => retiresAt === null || retiresAt > now);
}

/** The secrets after one more was added: the one before it goes on for a while, older ones end now. */
export function rotated(secrets: readonly HookSecret[], added: HookSecret, overlapMilliseconds: number): HookSecret[] {
  const retiresAt = new Date(added.createdAt.getTime() + overlapMilliseconds);
  const [previous] = [...secrets].sort((left, right) => right.createdAt.getTime() - left.createdAt.getTime());
  if (previous === undefined) return [added];
  const earlier = previous.retiresAt !== null && previous.retiresAt < retiresAt ? previous.retiresAt : retiresAt;
  return [{ ...previous, retiresAt: earlier }, added];
}
