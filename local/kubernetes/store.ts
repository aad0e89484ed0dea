import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../shared/json.ts';
import { Claim, Event, Job, type Metadata, Pod, Secret } from './objects.ts';

interface KubernetesObject {
  readonly metadata: Metadata;
}

/** Objects of one kind by name. What it gives out is never changed in place. */
export interface Collection<Kept extends KubernetesObject> {
  get(name: string): Kept | undefined;
  /** In the order of their making. */
  list(): readonly Kept[];
  /** Puts an object under its name, with a new resource version. */
  put(object: Kept): Kept;
  /** Changes an object if it is there. */
  update(name: string, change: (object: Kept) => Kept): Kept | undefined;
  remove(name: string): void;
}

/** All objects of the cluster, kept in one file. */
export interface Store {
  readonly jobs: Collection<Job>;
  readonly pods: Collection<Pod>;
  readonly secrets: Collection<Secret>;
  readonly claims: Collection<Claim>;
  readonly events: Collection<Event>;
  /** Of the newest change. */
  readonly version: () => string;
  /** Calls back after each change, in the same turn. @returns what ends it */
  subscribe(listener: () => void): () => void;
  /** Resolves with the first value that is not null, asked now and after each change; rejects if aborted. */
  until<Value>(ask: () => Value | null, signal: AbortSignal): Promise<Value>;
  /** Writes what has not been written yet. */
  flush(): void;
}

const File = z.object({
  version: z.int(),
  jobs: z.array(Job),
  pods: z.array(Pod),
  secrets: z.array(Secret),
  claims: z.array(Claim),
  events: z.array(Event),
});

const writeDelayMilliseconds = 500;

const empty: z.output<typeof File> = { version: 1, jobs: [], pods: [], secrets: [], claims: [], events: [] };

export function createStore(file: string): Store {
  const known = read(file);
  const state = { version: known.version, dirty: false };
  const listeners = new Set<() => void>();
  const changed = (): void => {
    schedule();
    for (const listener of listeners) listener();
  };
  const flush = (): void => {
    if (!state.dirty) return;
    state.dirty = false;
    const content: z.output<typeof File> = {
      version: state.version,
      jobs: [...jobs.list()],
      pods: [...pods.list()],
      secrets: [...secrets.list()],
      claims: [...claims.list()],
      events: [...events.list()],
    };
    mkdirSync(dirname(file), { recursive: true });
    // It holds Secrets.
    writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  // Many changes come at a time, and the file is written whole.
  const schedule = (): void => {
    if (!state.dirty) setTimeout(flush, writeDelayMilliseconds).unref();
    state.dirty = true;
  };
  const collection = <Kept extends KubernetesObject>(kept: readonly Kept[]): Collection<Kept> => {
    const objects = new Map(kept.map((object) => [object.metadata.name, object]));
    const put = (object: Kept): Kept => {
      state.version += 1;
      const stamped = { ...object, metadata: { ...object.metadata, resourceVersion: String(state.version) } };
      objects.set(object.metadata.name, stamped);
      changed();
      return stamped;
    };
    return {
      get: (name) => objects.get(name),
      list: () => [...objects.values()],
      put,
      update(name, change) {
        const object = objects.get(name);
        return object === undefined ? undefined : put(change(object));
      },
      remove(name) {
        if (!objects.delete(name)) return;
        state.version += 1;
        changed();
      },
    };
  };
  const jobs = collection(known.jobs);
  const pods = collection(known.pods);
  const secrets = collection(known.secrets);
  const claims = collection(known.claims);
  const events = collection(known.events);
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
  return {
    jobs,
    pods,
    secrets,
    claims,
    events,
    version: () => String(state.version),
    subscribe,
    flush,
    async until(ask, signal) {
      signal.throwIfAborted();
      const now = ask();
      if (now !== null) return now;
      return await new Promise((resolve, reject) => {
        const end = (): void => {
          unsubscribe();
          signal.removeEventListener('abort', aborted);
        };
        const aborted = (): void => {
          end();
          reject(asError(signal.reason));
        };
        const unsubscribe = subscribe(() => {
          const value = ask();
          if (value === null) return;
          end();
          resolve(value);
        });
        signal.addEventListener('abort', aborted, { once: true });
      });
    },
  };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

function read(file: string): z.output<typeof File> {
  const text = readOptional(file);
  return text === null ? empty : parseJson(File, text, { what: file, code: 'malformed-document' });
}

function readOptional(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
