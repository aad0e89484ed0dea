import { createHash } from 'node:crypto';
import type { Signer } from '../outside/signer.ts';
import { encodeName, encodeStrictly, maxExpirySeconds, signHex, signingAlgorithm, signingScope } from './v4.ts';

export interface SignedUploadOptions {
  readonly signer: Signer;
  /** The storage as the uploader reaches it, without a slash at its end. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly name: string;
  readonly contentType: string;
  readonly maxBytes: number;
  readonly now: Date;
  readonly expiresAt: Date;
}

/** With which one object can be made, once: these headers have to be sent as they are. */
export interface SignedUpload {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A URL for one PUT of an object that is not there yet
 * (https://cloud.google.com/storage/docs/request-preconditions, https://cloud.google.com/storage/docs/xml-api/reference-headers):
 * the precondition is a signed header, so that whoever holds the URL cannot replace what was written.
 */
export async function createSignedUpload(options: SignedUploadOptions): Promise<SignedUpload> {
  const { signer, endpoint, bucket, name, now, expiresAt, contentType, maxBytes } = options;
  const seconds = Math.ceil((expiresAt.getTime() - now.getTime()) / 1000);
  if (!(seconds >= 1 && seconds <= maxExpirySeconds)) throw new RangeError(`a URL cannot be good for ${seconds} s`);
  const headers = {
    'content-type': contentType,
    'x-goog-content-length-range': `0,${maxBytes}`,
    'x-goog-if-generation-match': '0',
  };
  // The host's name without the port: what Google's own clients sign.
  const signed = Object.entries({ ...headers, host: new URL(endpoint).hostname }).toSorted(([one], [other]) =>
    one < other ? -1 : 1,
  );
  const signedNames = signed.map(([key]) => key).join(';');
  const { date, scope } = signingScope(now);
  const query = [
    ['X-Goog-Algorithm', signingAlgorithm],
    ['X-Goog-Credential', `${signer.clientEmail}/${scope}`],
    ['X-Goog-Date', date],
    ['X-Goog-Expires', String(seconds)],
    ['X-Goog-SignedHeaders', signedNames],
  ]
    .map(([key = '', value = '']) => `${encodeStrictly(key)}=${encodeStrictly(value)}`)
    .join('&');
  const path = `/${bucket}/${encodeName(name)}`;
  const lines = signed.map(([key, value]) => `${key}:${value}\n`).join('');
  const canonical = ['PUT', path, query, lines, signedNames, 'UNSIGNED-PAYLOAD'].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const signature = await signHex(signer, [signingAlgorithm, date, scope, hash].join('\n'));
  return { url: `${endpoint}${path}?${query}&X-Goog-Signature=${signature}`, headers };
}
