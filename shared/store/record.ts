import type { z } from 'zod';
import { errorCode, YbError } from '../errors.ts';
import { parseValue } from '../json.ts';
import type { Documents, Fields, Snapshot, Version, Write } from '../outside/documents.ts';

/** A document of a known kind as it was read: its value, where it is, and the version for a precondition. */
export interface Stored<Value> {
  readonly value: Value;
  readonly path: string;
  readonly version: Version;
}

/** Reads a snapshot through its schema. @throws YbError `malformed-document` */
export function stored<Schema extends z.ZodType>(schema: Schema, snapshot: Snapshot): Stored<z.output<Schema>> {
  const value = parseValue(schema, snapshot.data, { what: snapshot.path, code: 'malformed-document' });
  return { value, path: snapshot.path, version: snapshot.version };
}

export function storedOrNull<Schema extends z.ZodType>(
  schema: Schema,
  snapshot: Snapshot | null | undefined,
): Stored<z.output<Schema>> | null {
  return snapshot === null || snapshot === undefined ? null : stored(schema, snapshot);
}

/**
 * The fields of a new document, held to the schema that it will be read with: what is written can be read.
 * @throws YbError `malformed-document`
 */
export function fieldsOf<Schema extends z.ZodType<object>>(
  schema: Schema,
  value: z.output<Schema>,
  path: string,
): Fields {
  parseValue(schema, value, { what: path, code: 'malformed-document' });
  return Object.fromEntries(Object.entries(value));
}

/** The write that makes a new document. @throws YbError `malformed-document` for one that could not be read again */
export function creationOf<Schema extends z.ZodType<object>>(
  schema: Schema,
  path: string,
  value: z.output<Schema>,
): Write {
  return { type: 'create', path, fields: fieldsOf(schema, value, path) };
}

/**
 * The write that makes a stored document `next` if nobody changed it meanwhile: only the top-level fields that are not the
 * same, since each indexed field costs. Null if there are none. @throws YbError `malformed-document` for what could not be read again
 */
export function updateOf<Schema extends z.ZodType<object>>(
  schema: Schema,
  before: Stored<z.output<Schema>>,
  next: z.output<Schema>,
): Write | null {
  const old = new Map<string, unknown>(Object.entries(before.value));
  const changed = Object.entries(next).filter(([key, value]) => old.get(key) !== value);
  if (changed.length === 0) return null;
  fieldsOf(schema, next, before.path);
  return { type: 'update', path: before.path, fields: Object.fromEntries(changed), version: before.version };
}

/** The write that makes a document `next`, as it was read or not there; null if nothing is different. @throws as {@link updateOf} */
export function writeOf<Schema extends z.ZodType<object>>(
  schema: Schema,
  path: string,
  before: Stored<z.output<Schema>> | null,
  next: z.output<Schema>,
): Write | null {
  return before === null ? creationOf(schema, path, next) : updateOf(schema, before, next);
}

/**
 * Commits what was decided by documents that were read before. One that was not there then and is there now is a conflict
 * like any other: whoever looks again finds it. @throws YbError `conflict`
 */
export async function commitChange(documents: Documents, writes: readonly Write[]): Promise<Version[]> {
  try {
    return await documents.commit(writes);
  } catch (error) {
    if (errorCode(error) !== 'already-exists') throw error;
    throw new YbError('conflict', 'a document was made by somebody else', { cause: error });
  }
}

const tries = 5;

/**
 * Reads, decides and writes, and does so again while others write the same meanwhile.
 * @throws YbError `conflict` if they keep doing so
 */
export async function untilWritten<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (errorCode(error) !== 'conflict' || left === 0) throw error;
    }
  }
}

/**
 * Stores the changes of one document, if nobody changed it meanwhile, and `also` what belongs to the same change.
 * @throws YbError `conflict`
 */
export async function saveStored<Schema extends z.ZodType<object>>(
  documents: Documents,
  change: {
    readonly schema: Schema;
    readonly before: Stored<z.output<Schema>>;
    readonly next: z.output<Schema>;
    readonly also?: readonly Write[];
  },
): Promise<Stored<z.output<Schema>>> {
  const { schema, before, next, also = [] } = change;
  const write = updateOf(schema, before, next);
  if (write === null) return before;
  const [version] = await commitChange(documents, [write, ...also]);
  return { value: next, path: before.path, version: version ?? before.version };
}
