import { YbError } from '../../shared/errors.ts';
import type { Documents, Fields, Query, Snapshot, Version, Write } from '../../shared/outside/documents.ts';

/** {@link Documents} in memory, with the semantics of Firestore that the port promises. */
export interface MemoryDocuments extends Documents {
  /** The paths of all documents, sorted. */
  paths(): string[];
  /** All documents as they are now, by path, without a call. Not to be changed. */
  all(): ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly data: Fields;
  readonly version: Version;
}

/**
 * A model of Firestore in Native mode: preconditions hold for the whole commit or nothing of it happens; a write that
 * changes nothing keeps the version; a query sees only documents that have the field it orders by, ties are ordered by
 * path, and `after` and `before` leave out every document with that value.
 */
export function createMemoryDocuments(): MemoryDocuments {
  let entries = new Map<string, Entry>();
  let writes = 0;
  return {
    async get(paths) {
      return await later(() => paths.map((path) => snapshot(path, entries.get(path))));
    },
    async query(query) {
      return await later(() => matching(entries, query));
    },
    async count(query) {
      return await later(() => matching(entries, query).length);
    },
    async commit(list) {
      return await later(() => {
        const next = new Map(entries);
        writes += 1;
        const version: Version = { seconds: writes, nanoseconds: 0 };
        const versions = list.map((write) => apply(next, write, version));
        entries = next;
        return versions;
      });
    },
    paths: () => [...entries.keys()].sort(),
    all: () => entries,
  };
}

/** Like a remote call: what happens, happens after the caller has gone on, and at one moment. */
async function later<Result>(call: () => Result): Promise<Result> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  return call();
}

function apply(entries: Map<string, Entry>, write: Write, version: Version): Version {
  const before = entries.get(write.path);
  const put = (data: Fields): Version => {
    const entry = before !== undefined && same(before.data, data) ? before : { data, version };
    entries.set(write.path, entry);
    return entry.version;
  };
  switch (write.type) {
    case 'create':
      if (before !== undefined) throw new YbError('already-exists', `${write.path}: exists already`);
      return put(copied(write.fields));
    case 'update':
      if (before === undefined || !sameVersion(before.version, write.version)) throw conflict(write.path);
      return put({ ...before.data, ...copied(write.fields) });
    case 'delete':
      if (write.version !== undefined && (before === undefined || !sameVersion(before.version, write.version))) {
        throw conflict(write.path);
      }
      entries.delete(write.path);
      return version;
  }
}

function conflict(path: string): YbError {
  return new YbError('conflict', `${path}: changed by somebody else`);
}

function sameVersion(left: Version, right: Version): boolean {
  return left.seconds === right.seconds && left.nanoseconds === right.nanoseconds;
}

function snapshot(path: string, entry: Entry | undefined): Snapshot | null {
  return entry === undefined ? null : { path, data: copied(entry.data), version: entry.version };
}

function matching(entries: ReadonlyMap<string, Entry>, query: Query): Snapshot[] {
  const { collection, everywhere, where, orderBy, after, before, limit } = query;
  const isIn = (path: string): boolean => {
    const folder = path.slice(0, path.lastIndexOf('/'));
    return everywhere === true ? folder.split('/').at(-1) === collection : folder === collection;
  };
  const sign = orderBy?.direction === 'desc' ? -1 : 1;
  return [...entries]
    .filter(([path]) => isIn(path))
    .filter(([, { data }]) => where.every(({ field, equals }) => valueAt(data, field) === equals))
    .map(([path, entry]) => ({ path, entry, key: orderBy === undefined ? path : valueAt(entry.data, orderBy.field) }))
    .filter(({ key }) => key !== undefined)
    .filter(({ key }) => after === undefined || sign * compare(key, after) > 0)
    .filter(({ key }) => before === undefined || sign * compare(key, before) < 0)
    .sort((left, right) => sign * (compare(left.key, right.key) || compare(left.path, right.path)))
    .slice(0, limit)
    .map(({ path, entry }) => ({ path, data: copied(entry.data), version: entry.version }));
}

function valueAt(data: Fields, field: string): unknown {
  return field.split('.').reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    return (value as Record<string, unknown>)[name];
  }, data);
}

/** Firestore's order of kinds: null, booleans, numbers, times, strings (by their UTF-8 bytes). */
function compare(left: unknown, right: unknown): number {
  const [leftRank, rightRank] = [rank(left), rank(right)];
  if (leftRank !== rightRank) return leftRank - rightRank;
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return Number(left) - Number(right);
}

function rank(value: unknown): number {
  if (value === null) return 0;
  const kinds: Record<string, number> = { boolean: 1, number: 2, string: 4 };
  return value instanceof Date ? 3 : (kinds[typeof value] ?? 5);
}

/** A deep copy of what Firestore can hold. @throws TypeError for what its client refuses */
function copied(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, copy(value, false)]));
}

function copy(value: unknown, inArray: boolean): unknown {
  if (value === undefined) throw new TypeError('undefined cannot be stored');
  if (value instanceof Date) return new Date(value);
  if (Array.isArray(value)) {
    if (inArray) throw new TypeError('nested arrays cannot be stored');
    return value.map((item) => copy(item, true));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner, false)]));
  }
  if (['string', 'number', 'boolean'].includes(typeof value) || value === null) return value;
  throw new TypeError(`${typeof value} cannot be stored`);
}

function same(left: unknown, right: unknown): boolean {
  if (left instanceof Date && right instanceof Date) return left.getTime() === right.getTime();
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right;
  const [leftEntries, rightEntries] = [Object.entries(left), new Map(Object.entries(right))];
  return (
    Array.isArray(left) === Array.isArray(right) &&
    leftEntries.length === rightEntries.size &&
    leftEntries.every(([key, value]) => rightEntries.has(key) && same(value, rightEntries.get(key)))
  );
}
