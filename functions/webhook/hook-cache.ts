import { hookSecretPlace, isNewestSeen, newestFirst, readHook } from '../../shared/store/hooks.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Opener } from '../../shared/outside/keys.ts';
import type { HookDocuments } from '../../shared/outside/hooks.ts';

/** A hook with its secrets opened, so that this is done once for many deliveries. */
export interface OpenHook {
  /** Null for the hook of the GitHub App. */
  readonly repoId: string | null;
  /** Newest first. */
  readonly secrets: readonly { readonly plain: string; readonly sealed: string; readonly retiresAt: Date | null }[];
  /** Whether GitHub was seen to use the newest. */
  readonly newestSeen: boolean;
}

/** Hooks as they were read a moment ago. A failed read is not kept: the next delivery reads again. */
export interface HookCache {
  /** At most {@link maxAge} old; null if there is no such hook. Undefined if nothing so young is at hand. */
  peek(hookKey: string): OpenHook | null | undefined;
  /** As {@link peek}, but reads what is not at hand. */
  find(hookKey: string): Promise<OpenHook | null>;
  /** Reads anew unless that was done a moment ago: for a signature that fits none of the secrets known here. */
  again(hookKey: string): Promise<OpenHook | null>;
  /** GitHub uses the newest secret of this hook: that need not be read to be known. */
  newestSeen(hookKey: string, hook: OpenHook): void;
}

/** How late a retired secret may still be taken, and a new hook be unknown. */
const maxAge = 60_000;
const minAge = 1000;
/** Bounds the memory that guessed keys can take. */
const maxEntries = 10_000;

interface Entry {
  readonly reading: Promise<OpenHook | null>;
  readonly readAt: number;
  hook?: OpenHook | null;
}

export function createHookCache(options: {
  readonly hooks: HookDocuments;
  readonly key: Opener;
  readonly clock: Clock;
}): HookCache {
  const entries = new Map<string, Entry>();
  const young = (hookKey: string, age: number): Entry | undefined => {
    const entry = entries.get(hookKey);
    return entry !== undefined && options.clock.now().getTime() - entry.readAt < age ? entry : undefined;
  };
  const read = async (hookKey: string, age: number): Promise<OpenHook | null> => {
    const known = young(hookKey, age);
    if (known !== undefined) return await known.reading;
    const before = entries.get(hookKey)?.hook ?? null;
    const entry: Entry = { reading: open(options, hookKey, before), readAt: options.clock.now().getTime() };
    entries.delete(hookKey);
    entries.set(hookKey, entry);
    const [oldest] = entries.keys();
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
    try {
      entry.hook = await entry.reading;
      return entry.hook;
    } catch (error) {
      if (entries.get(hookKey) === entry) entries.delete(hookKey);
      throw error;
    }
  };
  return {
    peek: (hookKey) => young(hookKey, maxAge)?.hook,
    find: async (hookKey) => await read(hookKey, maxAge),
    again: async (hookKey) => await read(hookKey, minAge),
    newestSeen: (hookKey, hook) => {
      const entry = entries.get(hookKey);
      if (entry?.hook !== hook) return;
      const seen = { ...hook, newestSeen: true };
      entries.set(hookKey, { reading: Promise.resolve(seen), readAt: entry.readAt, hook: seen });
    },
  };
}

/** What was open before is not opened again: a hook is read each minute, and its secrets hardly ever change. */
async function open(
  options: { readonly hooks: HookDocuments; readonly key: Opener },
  hookKey: string,
  before: OpenHook | null,
): Promise<OpenHook | null> {
  const hook = await readHook(options.hooks, hookKey);
  if (hook === null) return null;
  const secrets = newestFirst(hook.secrets).map(async ({ id, sealed, retiresAt }) => {
    const known = before?.secrets.find((secret) => secret.sealed === sealed);
    const plain = known?.plain ?? (await options.key.open(hookSecretPlace(hookKey, id), sealed));
    return { plain, sealed, retiresAt };
  });
  return { repoId: hook.repoId, secrets: await Promise.all(secrets), newestSeen: isNewestSeen(hook) };
}
