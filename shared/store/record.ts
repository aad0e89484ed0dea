import type { z } from 'zod';
import { parseValue } from '../json.ts';
import type { Snapshot, Version } from './documents.ts';

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
