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
  /** Refused from then on, if GitHub was seen to use the newest by then. */
  retiresAt: z.date().nullable(),
});
export type HookSecret = z.output<typeof HookSecret>;

const mostSecrets = 4;

/**
 * `hooks/{hookKey}`. Two secrets are live while one takes the place of the other; more where somebody began that again and again, and
 * GitHub still uses the first.
 */
export const Hook = z.object({
  repoId: RepoId,
  secrets: z.array(HookSecret).max(mostSecrets),
  /** When a delivery last told that GitHub uses the secret which was the newest then; not there where nobody looked for that yet. */
  newestSeenAt: z.exactOptional(z.date().nullable()),
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

/** Writes down that GitHub uses the newest secret. @throws YbError `store-unavailable` */
export async function markNewest(hooks: HookDocuments, hookKey: string, at: Date): Promise<void> {
  await hooks.update(hookKey, { newestSeenAt: at } satisfies Partial<Hook>);
}

export function newestFirst(secrets: readonly HookSecret[]): HookSecret[] {
  return secrets.toSorted((left, right) => right.createdAt.getTime() - left.createdAt.getTime());
}

/** Whether GitHub was seen to use the newest of the hook's secrets. */
export function isNewestSeen({ secrets, newestSeenAt }: Pick<Hook, 'secrets' | 'newestSeenAt'>): boolean {
  const [newest] = newestFirst(secrets);
  if (newest === undefined || newestSeenAt === undefined) return true;
  return newestSeenAt !== null && newestSeenAt >= newest.createdAt;
}

/**
 * The secrets that count at this moment. One that retires counts until GitHub was seen to use the newest: whoever gave that to us may
 * never have come to give it to GitHub.
 */
export function liveSecrets<Secret extends { readonly retiresAt: Date | null }>(
  secrets: readonly Secret[],
  { newestSeen, now }: { readonly newestSeen: boolean; readonly now: Date },
): Secret[] {
  return secrets.filter(({ retiresAt }) => retiresAt === null || retiresAt > now || !newestSeen);
}

/**
 * The secrets after one more was added: the one before it goes on for a while, and older ones end now, unless one of them may be what
 * GitHub uses.
 */
export function rotated(
  hook: Pick<Hook, 'secrets' | 'newestSeenAt'>,
  added: HookSecret,
  overlapMilliseconds: number,
): HookSecret[] {
  const newestSeen = isNewestSeen(hook);
  const before = newestFirst(liveSecrets(hook.secrets, { newestSeen, now: added.createdAt }));
  // The oldest is the one that GitHub was last seen to use.
  const oldest = before.slice(mostSecrets - 2).slice(-1);
  const kept = newestSeen ? before.slice(0, 1) : [...before.slice(0, mostSecrets - 2), ...oldest];
  const retiresAt = new Date(added.createdAt.getTime() + overlapMilliseconds);
  const retiring = kept.map((secret) =>
    secret.retiresAt !== null && secret.retiresAt < retiresAt ? secret : { ...secret, retiresAt },
  );
  return [...retiring, added];
}
