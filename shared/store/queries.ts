import { errorCode, YbError } from '../errors.ts';
import type { Documents, Query, Snapshot } from '../outside/documents.ts';

/** What a query compares and in which order it answers: what decides the index that it needs. */
export interface QueryShape {
  /** The collection's own name, the last part of its path. */
  readonly collection: string;
  /** Over all collections of this name. */
  readonly everywhere?: true;
  /** Fields that are equal to something. */
  readonly equal: readonly string[];
  readonly orderBy?: { readonly field: string; readonly direction: 'asc' | 'desc' };
}

const newestFirst = { field: 'createdAt', direction: 'desc' } as const;

/** Every query that is asked. Firestore refuses one that it has no index for, and a test one that is not here. */
export const queries = {
  queuedRuns: {
    collection: 'runs',
    equal: ['repoId', 'state'],
    orderBy: { field: 'pushedAt', direction: 'asc' },
  },
  runs: { collection: 'runs', equal: ['repoId'], orderBy: newestFirst },
  runsOfRef: { collection: 'runs', equal: ['repoId', 'ref'], orderBy: newestFirst },
  repositoriesNamed: { collection: 'repos', equal: ['fullName'] },
  runsInState: { collection: 'runs', equal: ['repoId', 'state'], orderBy: newestFirst },
  runsOfRefInState: { collection: 'runs', equal: ['repoId', 'ref', 'state'], orderBy: newestFirst },
  runsWithVerdict: { collection: 'runs', equal: ['repoId', 'outcome.verdict'], orderBy: newestFirst },
  runsByAuthor: { collection: 'runs', equal: ['repoId', 'commit.author'], orderBy: newestFirst },
  runsOfRefWithVerdict: { collection: 'runs', equal: ['repoId', 'ref', 'outcome.verdict'], orderBy: newestFirst },
  runsOfRefByAuthor: { collection: 'runs', equal: ['repoId', 'ref', 'commit.author'], orderBy: newestFirst },
  runsWithVerdictByAuthor: {
    collection: 'runs',
    equal: ['repoId', 'outcome.verdict', 'commit.author'],
    orderBy: newestFirst,
  },
  runsOfRefWithVerdictByAuthor: {
    collection: 'runs',
    equal: ['repoId', 'ref', 'outcome.verdict', 'commit.author'],
    orderBy: newestFirst,
  },
  dueRuns: { collection: 'runs', equal: [], orderBy: { field: 'nextLookAt', direction: 'asc' } },
  openRunsOf: { collection: 'runs', equal: ['repoId'], orderBy: { field: 'nextLookAt', direction: 'asc' } },
  runOfJob: { collection: 'runs', equal: ['job.uid'] },
  nextOfCustomer: {
    collection: 'runs',
    equal: ['customer', 'waitsFor'],
    orderBy: { field: 'pushedAt', direction: 'asc' },
  },
  nextOfAll: { collection: 'runs', equal: ['waitsFor'], orderBy: { field: 'share.start', direction: 'asc' } },
  waitingOfCustomer: { collection: 'runs', equal: ['customer', 'state'] },
  runsOfCustomer: { collection: 'runs', equal: ['customer'], orderBy: { field: 'createdAt', direction: 'asc' } },
  toldWith: {
    collection: 'commits',
    everywhere: true,
    equal: ['credential'],
    orderBy: { field: 'toldAt', direction: 'asc' },
  },
  freeSlots: { collection: 'slots', equal: ['free'], orderBy: { field: 'index', direction: 'asc' } },
  lastSlot: { collection: 'slots', equal: [], orderBy: { field: 'index', direction: 'desc' } },
  servedLast: { collection: 'slots', equal: [], orderBy: { field: 'start', direction: 'desc' } },
  dueHookChecks: { collection: 'hookChecks', equal: [], orderBy: { field: 'dueAt', direction: 'asc' } },
  volumes: { collection: 'volumes', equal: [] },
  dueVolumes: {
    collection: 'volumes',
    everywhere: true,
    equal: [],
    orderBy: { field: 'cleaning.dueAt', direction: 'asc' },
  },
  idleVolumes: { collection: 'volumes', everywhere: true, equal: [], orderBy: { field: 'idleAt', direction: 'asc' } },
  volumeOfHolder: { collection: 'volumes', everywhere: true, equal: ['holder.jobUid'] },
  volumeOfCleaning: { collection: 'volumes', everywhere: true, equal: ['cleaning.job.uid'] },
  audit: { collection: 'audit', equal: [], orderBy: { field: 'id', direction: 'desc' } },
  secrets: { collection: 'secrets', equal: [] },
  sessionsOf: { collection: 'sessions', equal: ['person.id'] },
  tokensOf: { collection: 'tokens', equal: ['person.id'] },
} as const satisfies Readonly<Record<string, QueryShape>>;

/** The collections whose documents end by themselves: by their field `expireAt` (https://cloud.google.com/firestore/docs/ttl). */
export const expiring = ['aside', 'audit', 'commits', 'runs', 'sessions', 'tokens'] as const;

type QueryName = keyof typeof queries;
type Asked<Name extends QueryName> = Pick<Query, 'after' | 'before' | 'limit'> & {
  /** The document in which the collection lies, where it lies in one. */
  readonly in?: string;
  readonly equal: Readonly<Record<(typeof queries)[Name]['equal'][number], string | boolean>>;
};

/** Asks one of the {@link queries}. @throws YbError `missing-index` with the index to make */
export async function ask<Name extends QueryName>(
  documents: Documents,
  name: Name,
  asked: Asked<Name>,
): Promise<Snapshot[]> {
  return await withIndex(name, async () => await documents.query(queryOf(name, asked)));
}

/** Asks the one of some queries that compares exactly what is given. @throws as {@link ask}; Error if none of them does */
export async function askExactly(
  documents: Documents,
  among: readonly QueryName[],
  { equal, ...more }: Pick<Query, 'after' | 'before' | 'limit'> & { readonly equal: Readonly<Record<string, string>> },
): Promise<Snapshot[]> {
  const given = Object.keys(equal).toSorted().join();
  const name = among.find((one) => queries[one].equal.toSorted().join() === given);
  if (name === undefined) throw new Error(`no query compares exactly ${given}`);
  return await withIndex(name, async () => await documents.query(queryWith(queries[name], equal, more)));
}

/** How many documents one of the {@link queries} would find. @throws as {@link ask} */
export async function askCount<Name extends QueryName>(
  documents: Documents,
  name: Name,
  asked: Asked<Name>,
): Promise<number> {
  return await withIndex(name, async () => await documents.count(queryOf(name, asked)));
}

function queryOf<Name extends QueryName>(name: Name, { in: parent, equal, ...more }: Asked<Name>): Query {
  const shape: QueryShape = queries[name];
  const collection = parent === undefined ? shape.collection : `${parent}/${shape.collection}`;
  return queryWith({ ...shape, collection }, equal, more);
}

function queryWith(
  { equal: fields, ...shape }: QueryShape,
  values: Readonly<Record<string, string | boolean>>,
  more: Pick<Query, 'after' | 'before' | 'limit'>,
): Query {
  return { ...shape, where: fields.map((field) => ({ field, equals: values[field] ?? null })), ...more };
}

async function withIndex<Answer>(name: QueryName, call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (errorCode(error) !== 'missing-index') throw error;
    throw new YbError('missing-index', `the query ${name} needs ${describeIndex(queries[name])}`, { cause: error });
  }
}

/** The end of a query for what is due by now: this very moment counts. */
export function byNow(now: Date): Date {
  return new Date(now.getTime() + 1);
}

/** An index that is not there by itself (https://cloud.google.com/firestore/docs/query-data/index-overview). */
export type Index =
  | {
      readonly kind: 'composite';
      readonly collection: string;
      /** Over all collections of the name. */
      readonly everywhere: boolean;
      readonly fields: readonly IndexField[];
    }
  /** Of one field over all collections of a name, which is off unless it is asked for. */
  | { readonly kind: 'group-field'; readonly collection: string; readonly fields: readonly [IndexField] };

export interface IndexField {
  readonly field: string;
  readonly direction: 'asc' | 'desc';
}

/** The index that a query needs; null if those of single fields, which every collection has, are enough. */
export function indexOf({ collection, everywhere, equal, orderBy }: QueryShape): Index | null {
  const compared = equal.map((field): IndexField => ({ field, direction: 'asc' }));
  const fields = orderBy === undefined ? compared : [...compared, orderBy];
  const [only] = fields;
  if (fields.length > 1 && orderBy !== undefined)
    return { kind: 'composite', collection, everywhere: everywhere === true, fields };
  return everywhere === true && only !== undefined ? { kind: 'group-field', collection, fields: [only] } : null;
}

function describeIndex(shape: QueryShape): string {
  const index = indexOf(shape);
  if (index === null) return 'no index of its own';
  const fields = index.fields.map(({ field, direction }) => `${field} ${direction}`);
  return `an index (${index.kind}) of ${index.collection}: ${fields.join(', ')}`;
}
