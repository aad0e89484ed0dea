import { createHash } from 'node:crypto';
import type { Signer } from '../outside/signer.ts';
import { encodeName, encodeStrictly, maxExpirySeconds, signHex, signingAlgorithm, signingScope } from '../logs/v4.ts';

export interface SignedUrlOptions {
  readonly signer: Signer;
  /** Base of the storage's addresses, without a slash at its end. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly name: string;
  readonly now: Date;
  /** Ten minutes if nothing else is said, a week at most. */
  readonly expiresInSeconds?: number | undefined;
  /** Sent as the answer's `Content-Type`, in place of the object's own. */
  readonly contentType?: string | undefined;
  /** Sent as the answer's `Content-Disposition`. */
  readonly contentDisposition?: string | undefined;
}

const defaultExpirySeconds = 600;

/**
 * A URL with which anybody can read this one object until it expires, with GET and with HEAD, and do nothing else.
 * Its parameters and its signature are those that `getSignedUrl` of `@google-cloud/storage` gives for the same inputs.
 */
export async function createSignedUrl(options: SignedUrlOptions): Promise<string> {
  const { signer, endpoint, bucket, name, now, expiresInSeconds = defaultExpirySeconds } = options;
  if (!(Number.isInteger(expiresInSeconds) && expiresInSeconds >= 1 && expiresInSeconds <= maxExpirySeconds)) {
    throw new RangeError(`a URL cannot be good for ${expiresInSeconds} seconds`);
  }
  const { date, scope } = signingScope(now);
  const { contentType, contentDisposition } = options;
  // In the order of their names, as the signature wants them.
  const parameters: readonly (readonly [string, string])[] = [
    ['X-Goog-Algorithm', signingAlgorithm],
    ['X-Goog-Credential', `${signer.clientEmail}/${scope}`],
    ['X-Goog-Date', date],
    ['X-Goog-Expires', String(expiresInSeconds)],
    ['X-Goog-SignedHeaders', 'host'],
    ...(contentDisposition === undefined ? [] : [['response-content-disposition', contentDisposition] as const]),
    ...(contentType === undefined ? [] : [['response-content-type', contentType] as const]),
  ];
  const query = parameters.map(([key, value]) => `${encodeStrictly(key)}=${encodeStrictly(value)}`).join('&');
  const path = `/${bucket}/${encodeName(name)}`;
  // The host's name without the port: what Google's own clients sign.
  const host = new URL(endpoint).hostname;
  const canonical = ['GET', path, query, `host:${host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const signature = await signHex(signer, [signingAlgorithm, date, scope, hash].join('\n'));
  return `${endpoint}${path}?${query}&X-Goog-Signature=${signature}`;
}

/** A `Content-Disposition` that survives any file name (RFC 6266). */
export function contentDisposition(type: 'inline' | 'attachment', filename: string): string {
  const plain = filename.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  return plain === filename
    ? `${type}; filename="${plain}"`
    : `${type}; filename="${plain}"; filename*=UTF-8''${encodeStrictly(filename)}`;
}
