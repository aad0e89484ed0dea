import type { Clock } from '../../shared/clock.ts';
import type { Hook } from '../../shared/store/hooks.ts';
import type { HookStore } from '../../shared/store/hook-store.ts';

/** Hooks as they were read a moment ago. A failed read is not kept: the next delivery reads again. */
export interface HookCache {
  /** At most {@link maxAge} old; null if there is no such hook. */
  find(hookKey: string): Promise<Hook | null>;
  /** Reads anew unless that was done a moment ago: for a signature that fits none of the secrets known here. */
  again(hookKey: string): Promise<Hook | null>;
}

/** How late a retired secret may still be taken, and a new hook be unknown. */
export const maxAge = 60_000;
const minAge = 1000;
/** Bounds the memory that guessed keys can take. */
const maxEntries = 10_000;

export function createHookCache(options: { readonly hooks: HookStore; readonly clock: Clock }): HookCache {
  const entries = new Map<string, { readonly hook: Promise<Hook | null>; readonly readAt: number }>();
  const read = async (hookKey: string, age: number): Promise<Hook | null> => {
    const now = options.clock.now().getTime();
    const known = entries.get(hookKey);
    if (known !== undefined && now - known.readAt < age) return await known.hook;
    const hook = options.hooks.read(hookKey);
    entries.delete(hookKey);
    entries.set(hookKey, { hook, readAt: now });
    const [oldest] = entries.keys();
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
    try {
      return await hook;
    } catch (error) {
      if (entries.get(hookKey)?.hook === hook) entries.delete(hookKey);
      throw error;
    }
  };
  return {
    find: async (hookKey) => await read(hookKey, maxAge),
    again: async (hookKey) => await read(hookKey, minAge),
  };
}
