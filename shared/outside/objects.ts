export interface ReadOptions {
  /** The first byte wanted; 0 if nothing is said. Ranges are for objects without `Content-Encoding`. */
  readonly start?: number | undefined;
  /** The first byte no longer wanted; the object's end if nothing is said. */
  readonly end?: number | undefined;
  /** More bytes than this are an error. 64 MiB if nothing is said. */
  readonly maxBytes?: number | undefined;
}

export interface ObjectContent {
  /** Unpacked, if the object is stored gzipped. */
  readonly bytes: Uint8Array;
  /** Of the whole object, whatever range was read. */
  readonly size: number;
  /** When the object was finished, by the storage's clock. */
  readonly modifiedAt: Date;
}

export interface ListedObject {
  readonly name: string;
  readonly size: number;
  /** When it was finished, by the storage's clock. */
  readonly modifiedAt: Date;
}

export interface SignedUrlRequest {
  /** The name under which a browser stores it. */
  readonly filename?: string | undefined;
  /** `inline` lets a browser show it; `attachment` if nothing is said. */
  readonly disposition?: 'inline' | 'attachment' | undefined;
  readonly contentType?: string | undefined;
  /** Ten minutes if nothing is said. */
  readonly expiresInSeconds?: number | undefined;
}

/**
 * The objects of the log bucket. Reads are tried twice.
 * @throws YbError `storage-unavailable`, `storage-refused`, `payload-too-large`
 */
export interface ObjectStore {
  /** Null if there is no such object. A range beyond the object's end is empty. */
  read(name: string, options?: ReadOptions): Promise<ObjectContent | null>;
  /** Objects whose names begin with `prefix`, in the order of their names; those after the name `after`, `limit` at most. */
  list(
    prefix: string,
    options?: { readonly after?: string | undefined; readonly limit?: number | undefined },
  ): Promise<readonly ListedObject[]>;
  /** Makes or replaces an object. It is whole or not there, also if the content breaks off. */
  write(
    name: string,
    content: Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>,
    options: { readonly contentType: string; readonly contentEncoding?: 'gzip' | undefined },
  ): Promise<void>;
  /** A URL with which anybody can read this object for a short time. */
  signedUrl(name: string, request?: SignedUrlRequest): Promise<string>;
}
