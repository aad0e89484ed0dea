/** Counts how many remote calls follow one another: calls that are under way at the same time count as one. */
export interface Depth {
  /** The same object, whose asynchronous functions are counted as remote calls of this name. */
  counted<Target extends object>(name: string, target: Target): Target;
  /** The calls in their order, each with its place in the sequence, from 1. */
  readonly calls: readonly { readonly name: string; readonly place: number }[];
}

export function createDepth(): Depth {
  const calls: { name: string; place: number }[] = [];
  const done = { place: 0 };
  return {
    calls,
    counted: (name, target) =>
      new Proxy(target, {
        get(object, key, receiver) {
          const value: unknown = Reflect.get(object, key, receiver);
          if (typeof value !== 'function') return value;
          return async (...args: unknown[]) => {
            const place = done.place + 1;
            calls.push({ name: `${name}.${String(key)}`, place });
            try {
              const result: unknown = await Reflect.apply(value, object, args);
              return result;
            } finally {
              done.place = Math.max(done.place, place);
            }
          };
        },
      }),
  };
}
