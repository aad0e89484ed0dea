import { FieldPath, Firestore, Timestamp } from '@google-cloud/firestore';
import { withDeadline } from '../deadline.ts';
import { YbError } from '../errors.ts';
import { count } from '../tally.ts';
import type { Documents, Fields, Query, Snapshot, Version, Write } from '../outside/documents.ts';

/** gRPC codes (https://grpc.io/docs/guides/status-codes/). */
const invalidArgument = 3;
const notFound = 5;
const alreadyExists = 6;
const failedPrecondition = 9;
const aborted = 10;

/** Far longer than an answer takes, and short beside the minutes that a function has: its client would try for ten. */
const usualDeadline = 20_000;

/**
 * {@link Documents} on Firestore in Native mode. With `emulatorHost` it speaks to the emulator. The client keeps one
 * channel for the life of the instance. What does not answer within the deadline is `store-unavailable`, whether it was written or not.
 */
export function createFirestoreDocuments(options: {
  readonly project: string;
  readonly database: string;
  readonly emulatorHost?: string | undefined;
  readonly deadlineMilliseconds?: number;
}): Documents & {
  close(): Promise<void>;
} {
  const firestore = new Firestore({
    projectId: options.project,
    databaseId: options.database,
    ignoreUndefinedProperties: false,
    ...(options.emulatorHost === undefined ? {} : emulator(options.emulatorHost)),
  });
  const { deadlineMilliseconds = usualDeadline } = options;
  const asked = async <Result>(call: () => Promise<Result>, writes: readonly Write[] = []): Promise<Result> =>
    await wrapped(async () => await withDeadline(call(), deadlineMilliseconds, late), writes);
  return {
    async get(paths) {
      count('firestore', { reads: paths.length });
      if (paths.length === 0) return [];
      return await asked(async () => {
        const snapshots = await firestore.getAll(...paths.map((path) => firestore.doc(path)));
        return snapshots.map((snapshot) => toSnapshot(snapshot));
      });
    },
    async query(query) {
      const found = await asked(async () => {
        const { docs } = await queryOf(firestore, query).get();
        return docs.map((snapshot) => toSnapshot(snapshot)).filter((snapshot) => snapshot !== null);
      });
      // An empty answer is billed as one read (https://cloud.google.com/firestore/pricing).
      count('firestore', { reads: Math.max(found.length, 1) });
      return found;
    },
    async count(query) {
      const found = await asked(async () => (await queryOf(firestore, query).count().get()).data().count);
      // A thousand entries of the index are billed as one read.
      count('firestore', { reads: Math.max(Math.ceil(found / 1000), 1) });
      return found;
    },
    async commit(writes) {
      count('firestore', { writes: writes.length });
      return await asked(async () => {
        const batch = firestore.batch();
        for (const write of writes) {
          const reference = firestore.doc(write.path);
          switch (write.type) {
            case 'create':
              batch.create(reference, { ...write.fields });
              break;
            case 'update':
              batch.update(reference, { ...write.fields }, { lastUpdateTime: toTimestamp(write.version) });
              break;
            case 'delete':
              batch.delete(
                reference,
                write.version === undefined ? {} : { lastUpdateTime: toTimestamp(write.version) },
              );
              break;
          }
        }
        const results = await batch.commit();
        return results.map(({ writeTime }) => ({ seconds: writeTime.seconds, nanoseconds: writeTime.nanoseconds }));
      }, writes);
    },
    async close() {
      await firestore.terminate();
    },
  };
}

function queryOf(
  firestore: Firestore,
  { collection, everywhere, where, orderBy, after, before, limit }: Query,
): FirebaseFirestore.Query {
  const from = everywhere === true ? firestore.collectionGroup(collection) : firestore.collection(collection);
  let query = from.limit(limit);
  for (const { field, equals } of where) query = query.where(new FieldPath(...field.split('.')), '==', equals);
  if (orderBy !== undefined) query = query.orderBy(orderBy.field, orderBy.direction);
  if (after !== undefined) query = query.startAfter(after);
  if (before !== undefined) query = query.endBefore(before);
  return query;
}

interface DatabaseSettings {
  readonly YB_PROJECT: string;
  readonly YB_DATABASE: string;
  readonly YB_HOOKS_DATABASE: string;
  readonly FIRESTORE_EMULATOR_HOST?: string | undefined;
}

/**
 * The database that settings name, or the one of the hooks. Not beside the other adapters: a webhook must not load this client.
 */
export function documentsOf(settings: DatabaseSettings, which: 'main' | 'hooks' = 'main'): Documents {
  return createFirestoreDocuments({
    project: settings.YB_PROJECT,
    database: which === 'main' ? settings.YB_DATABASE : settings.YB_HOOKS_DATABASE,
    emulatorHost: settings.FIRESTORE_EMULATOR_HOST,
  });
}

function emulator(host: string): Record<string, unknown> {
  const [name, port] = host.split(':');
  return { host: name, port: Number(port), ssl: false };
}

function toTimestamp(version: Version): Timestamp {
  return new Timestamp(version.seconds, version.nanoseconds);
}

function toSnapshot(snapshot: FirebaseFirestore.DocumentSnapshot): Snapshot | null {
  const data = snapshot.data();
  const { updateTime } = snapshot;
  if (data === undefined || updateTime === undefined) return null;
  return {
    path: snapshot.ref.path,
    data: withDates(data),
    version: { seconds: updateTime.seconds, nanoseconds: updateTime.nanoseconds },
  };
}

function withDates(fields: Record<string, unknown>): Fields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, withDate(value)]));
}

function withDate(value: unknown): unknown {
  if (value instanceof Timestamp) return value.toDate();
  if (Array.isArray(value)) return value.map(withDate);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withDate(inner)]));
  }
  return value;
}

/**
 * Turns the client's errors into ours. Preconditions that fail come as FAILED_PRECONDITION or ABORTED; an update of a
 * missing document as NOT_FOUND: to the caller all of them mean that what it read is no longer so.
 */
async function wrapped<Result>(call: () => Promise<Result>, writes: readonly Write[] = []): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code === alreadyExists)
      throw new YbError('already-exists', `${paths(writes)}: exists already`, { cause: error });
    // A read has no precondition of its own: what it lacks is an index.
    if (code === failedPrecondition && writes.length === 0)
      throw new YbError('missing-index', 'the database has no index for a query', { cause: error });
    if (code === failedPrecondition || code === aborted || (code === notFound && writes.length > 0)) {
      throw new YbError('conflict', `${paths(writes)}: changed by somebody else`, { cause: error });
    }
    if (code === invalidArgument)
      throw new YbError('store-refused', 'the database takes no such thing', { cause: error });
    throw new YbError('store-unavailable', 'the database did not answer as it should', { cause: error });
  }
}

function late(): Error {
  return new Error('no answer in time');
}

function paths(writes: readonly Write[]): string {
  return writes.map(({ path }) => path).join(', ');
}
