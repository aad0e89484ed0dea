/** What an event handler does with a message whose handling ended in an error. */
export type Disposition =
  /** Throw: Pub/Sub delivers the message again, with back-off. */
  | 'retry'
  /** Publish it to the dead-letter topic with the reason, then acknowledge. */
  | 'dead-letter'
  /** Nothing is left to do: acknowledge. */
  | 'acknowledge';

interface ErrorKind {
  readonly disposition: Disposition;
  /** The HTTP status under which an API tells of it. */
  readonly status: number;
}

/**
 * Every way in which this system fails, and what follows from it: the one table of what is acknowledged, what is
 * retried and what HTTP clients are told. Decisions read the code, never the text of a message.
 */
export const errorTable = {
  // What somebody sent.
  'bad-request': { disposition: 'dead-letter', status: 400 },
  'malformed-message': { disposition: 'dead-letter', status: 400 },
  'malformed-document': { disposition: 'dead-letter', status: 500 },
  'bad-settings': { disposition: 'dead-letter', status: 500 },
  unauthenticated: { disposition: 'dead-letter', status: 401 },
  'method-not-allowed': { disposition: 'dead-letter', status: 405 },
  'not-found': { disposition: 'acknowledge', status: 404 },
  'payload-too-large': { disposition: 'dead-letter', status: 413 },
  'unsupported-media-type': { disposition: 'dead-letter', status: 415 },
  'too-many-requests': { disposition: 'retry', status: 429 },
  unprocessable: { disposition: 'dead-letter', status: 422 },

  // Our own store and secrets.
  conflict: { disposition: 'retry', status: 409 },
  'already-exists': { disposition: 'acknowledge', status: 409 },
  'store-unavailable': { disposition: 'retry', status: 503 },
  // What it will never take, such as a document that is too large: the same call would be refused for ever.
  'store-refused': { disposition: 'dead-letter', status: 500 },
  // The installation lacks it; the message waits until somebody has made it.
  'missing-index': { disposition: 'retry', status: 503 },
  'publish-failed': { disposition: 'retry', status: 503 },
  'storage-unavailable': { disposition: 'retry', status: 503 },
  'storage-refused': { disposition: 'dead-letter', status: 502 },
  // Also where a permission is missing: the message waits until somebody has given it.
  'key-unavailable': { disposition: 'retry', status: 503 },
  'unreadable-secret': { disposition: 'dead-letter', status: 500 },

  // Other systems.
  'kubernetes-unavailable': { disposition: 'retry', status: 503 },
  // By a right, a quota or a policy: who runs the installation may change that.
  'kubernetes-forbidden': { disposition: 'retry', status: 503 },
  'kubernetes-refused': { disposition: 'dead-letter', status: 502 },
  'github-unavailable': { disposition: 'retry', status: 503 },
  'github-rate-limited': { disposition: 'retry', status: 503 },
  'github-unauthorized': { disposition: 'dead-letter', status: 502 },
  'github-not-found': { disposition: 'dead-letter', status: 404 },
  // Of a status: a push may be shown by GitHub's API a little after its webhook.
  'github-no-commit': { disposition: 'retry', status: 502 },
  'github-refused': { disposition: 'dead-letter', status: 502 },

  // Anything nobody thought of: tried again, and after the subscription's last try it is a dead letter.
  internal: { disposition: 'retry', status: 500 },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorTable;

export interface ErrorOptions {
  readonly cause?: unknown;
  /** The earliest time at which another try can succeed, where the other side said so. */
  readonly retryAt?: Date;
}

/**
 * An error of this system. `message` is for people and may be shown to them: it holds no secret and no foreign body.
 * Foreign errors are wrapped where they come in and travel on as `cause`.
 */
export class YbError extends Error {
  override readonly name = 'YbError';
  readonly code: ErrorCode;
  readonly retryAt: Date | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryAt = options.retryAt;
  }

  /** Whether the same call can succeed later without anybody changing anything. */
  get retryable(): boolean {
    return errorTable[this.code].disposition === 'retry';
  }
}

/** The code of any thrown value; `internal` for what is not ours. */
export function errorCode(thrown: unknown): ErrorCode {
  return thrown instanceof YbError ? thrown.code : 'internal';
}

/** What an event handler does about a thrown value. */
export function dispositionOf(thrown: unknown): Disposition {
  return errorTable[errorCode(thrown)].disposition;
}

/** A sentence for a person about any thrown value. What is not ours may hold anything, so it is not quoted. */
export function publicMessage(thrown: unknown): string {
  return thrown instanceof YbError ? thrown.message : 'Something went wrong on our side.';
}
