/**
 * The port to Firestore: documents by path, queries, and atomic commits with preconditions. Everything that is stored goes
 * through it, so that the same functions run on Firestore, on its emulator, and on a model of it.
 */
export interface Documents {
  /** Reads documents by path in one call; `null` for one that does not exist. */
  get(paths: readonly string[]): Promise<(Snapshot | null)[]>;
  /** @throws YbError `missing-index` if the database has none for it */
  query(query: Query): Promise<Snapshot[]>;
  /** How many documents {@link query} would find, without reading them. @throws as it does */
  count(query: Query): Promise<number>;
  /**
   * All writes or none, in one call. @returns the version of each document after it, in the order of the writes.
   * @throws YbError `conflict` if a precondition does not hold, `already-exists` if a document to be created exists,
   * `store-unavailable` if the outcome is unknown.
   */
  commit(writes: readonly Write[]): Promise<Version[]>;
}

export interface Snapshot {
  readonly path: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Changes with every write: the precondition of an update. */
  readonly version: Version;
}

/** The `update_time` of a document, opaque to callers. */
export interface Version {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Values are JSON values and `Date`s (Firestore timestamps). */
export type Fields = Readonly<Record<string, unknown>>;

export type Write =
  | { readonly type: 'create'; readonly path: string; readonly fields: Fields }
  /** Replaces the named top-level fields of a document that must exist in this version. */
  | { readonly type: 'update'; readonly path: string; readonly fields: Fields; readonly version: Version }
  | { readonly type: 'delete'; readonly path: string; readonly version?: Version };

export interface Query {
  /** A collection's path, such as `repos/1/volumes`. */
  readonly collection: string;
  /** All collections of this name, wherever they are: `collection` is then a name such as `volumes`. */
  readonly everywhere?: boolean;
  readonly where: readonly { readonly field: string; readonly equals: string | number | boolean | null }[];
  readonly orderBy?: { readonly field: string; readonly direction: 'asc' | 'desc' };
  /** Start strictly after this value of the ordering field. */
  readonly after?: Date | string | number;
  /** End strictly before it. */
  readonly before?: Date | string | number;
  readonly limit: number;
}
