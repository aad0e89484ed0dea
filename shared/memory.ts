import type { Clock } from './outside/clock.ts';

/** Answers that are remembered for a while, a limited number of them. */
export interface Memory<Value> {
  /**
   * The remembered answer of `key`, or the one that `load` gives now. Callers that come while it loads share it. A failure
   * is never remembered. `lifetime` says for how many milliseconds an answer counts.
   */
  of(key: string, load: () => Promise<Value>, lifetime: (value: Value) => number): Promise<Value>;
  forget(key: string): void;
}

interface Entry<Value> {
  readonly answer: Promise<Value>;
  /** Null while it loads. */
  until: number | null;
}

export function createMemory<Value>(options: { readonly clock: Clock; readonly limit: number }): Memory<Value> {
  const entries = new Map<string, Entry<Value>>();
  return {
    async of(key, load, lifetime) {
      const known = entries.get(key);
      if (known !== undefined && (known.until === null || known.until > options.clock.now().getTime())) {
        return await known.answer;
      }
      const asked = options.clock.now().getTime();
      const entry: Entry<Value> = { answer: load(), until: null };
      putNewest(entries, options.limit, [key, entry]);
      try {
        const value = await entry.answer;
        // Counted from the question, so that an answer is never older than its lifetime.
        entry.until = asked + lifetime(value);
        return value;
      } catch (error) {
        if (entries.get(key) === entry) entries.delete(key);
        throw error;
      }
    },
    forget(key) {
      entries.delete(key);
    },
  };
}

/** Puts an entry into a map of at most `limit`, in place of the one that was put there longest ago. */
export function putNewest<Value>(map: Map<string, Value>, limit: number, [key, value]: readonly [string, Value]): void {
  // A Map keeps the order of insertion: the first is the oldest.
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= limit) break;
    map.delete(oldest);
  }
}
