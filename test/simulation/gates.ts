import { AsyncLocalStorage } from 'node:async_hooks';
import { type ErrorCode, YbError } from '../../shared/errors.ts';
import type { Outside } from '../../shared/outside/outside.ts';

/** One handling of a message or a request, in one instance of a function. */
export interface Actor {
  readonly name: string;
  readonly instance: { dead: boolean };
  /** It came to its end, or its instance died. */
  over: boolean;
}

/** A remote call that waits for its turn, or a sleep that waits for its time. */
export interface Waiting {
  readonly actor: Actor;
  /** Which port's which call, such as `documents.commit`. */
  readonly gate: string;
  /** What else tells it from others, for people. */
  readonly about: string;
  /** Of a sleep: when it is over, in milliseconds of the story's clock. */
  readonly until: number | null;
  readonly call: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** How the other side of each port is said not to answer. */
export const silence = {
  documents: 'store-unavailable',
  hookDocuments: 'store-unavailable',
  hooks: 'store-unavailable',
  objects: 'storage-unavailable',
  signer: 'storage-unavailable',
  publisher: 'publish-failed',
  deadLetters: 'publish-failed',
  cluster: 'kubernetes-unavailable',
  github: 'github-unavailable',
  keys: 'key-unavailable',
} as const satisfies Partial<Record<keyof Outside, ErrorCode>>;
export type GatedPort = keyof typeof silence;

// The keys of a table that is written out above.
export const gatedPorts = Object.keys(silence) as readonly GatedPort[];

export function portOf(gate: string): GatedPort | undefined {
  return gatedPorts.find((port) => gate.startsWith(`${port}.`));
}

export function silenceOf(gate: string): YbError {
  return new YbError(silence[portOf(gate) ?? 'documents'], `${gate} is not answered`);
}

/** Where every remote call of every function stops until it is let through. */
export interface Gates {
  readonly waiting: Waiting[];
  /** Runs one handling, so that its calls are known for its own. */
  run<Result>(actor: Actor, work: () => Promise<Result>): Promise<Result>;
  /** The outside as functions get it. */
  outside(world: Outside): Outside;
}

/** @param traced whether anybody reads what calls are about */
export function createGates({ traced }: { readonly traced: boolean }): Gates {
  const actors = new AsyncLocalStorage<Actor>();
  const waiting: Waiting[] = [];
  const stop = async (gate: string, about: string, until: number | null, call: () => Promise<unknown>) => {
    const actor = actors.getStore();
    if (actor === undefined) return await call();
    return await new Promise<unknown>((resolve, reject) => {
      // What an instance still does after its death reaches nobody; what a handling has left running goes on.
      if (!actor.instance.dead) waiting.push({ actor, gate, about, until, call, resolve, reject });
    });
  };
  /** A port whose functions stop; those in parts of it too. */
  const gated = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get: (target, key): unknown => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member === 'object' && member !== null) return gated(`${name}.${String(key)}`, member);
        if (typeof member !== 'function') return member;
        const method = member as (...parameters: unknown[]) => Promise<unknown>;
        return async (...parameters: unknown[]): Promise<unknown> =>
          await stop(
            `${name}.${String(key)}`,
            traced ? describe(parameters) : '',
            null,
            async () => await method(...parameters),
          );
      },
    });
  return {
    waiting,
    run: async (actor, work) => await actors.run(actor, work),
    outside: (world) => ({
      ...world,
      ...Object.fromEntries(gatedPorts.map((port) => [port, gated(port, world[port])])),
      clock: {
        now: world.clock.now,
        sleep: async (milliseconds) => {
          await stop('clock.sleep', `${milliseconds}`, world.clock.now().getTime() + milliseconds, async () => {
            await Promise.resolve();
          });
        },
      },
    }),
  };
}

/** What a call is about, in a few words: paths, names and texts of its parameters. */
function describe(parameters: readonly unknown[]): string {
  const words: string[] = [];
  const take = (value: unknown, depth: number): void => {
    if (words.length > 5 || depth > 3) return;
    if (typeof value === 'string') words.push(value.slice(0, 70));
    else if (Array.isArray(value)) for (const each of value) take(each, depth + 1);
    else if (typeof value === 'object' && value !== null && !(value instanceof Date))
      for (const [key, each] of Object.entries(value)) if (telling.has(key)) take(each, depth + 1);
  };
  for (const parameter of parameters) take(parameter, 0);
  return words.join(' ');
}

const telling = new Set([
  'path',
  'name',
  'type',
  'text',
  'collection',
  'sha',
  'state',
  'description',
  'run',
  'id',
  'fields',
]);
