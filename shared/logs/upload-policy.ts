import { type AttemptRef, logPrefix, signalName } from '../attempt/layout.ts';
import type { UploadGrant, UploadPolicy } from '../attempt/upload-grant.ts';
import type { Signer } from '../outside/signer.ts';
import { createSignedUpload } from './signed-upload.ts';
import { maxExpirySeconds, signHex, signingAlgorithm, signingScope } from './v4.ts';

export interface UploadGrantOptions extends AttemptRef {
  readonly signer: Signer;
  readonly bucket: string;
  /** The storage as the uploader reaches it, without a slash at its end. */
  readonly endpoint: string;
  readonly now: Date;
  readonly expiresAt: Date;
  /** Of one object. */
  readonly maxBytes: number;
}

/** Signals are read by the watcher as a whole. */
const maxSignalBytes = 256 * 1024;

/** Makes an attempt's grant; its signatures are asked for at once. */
export async function createUploadGrant(options: UploadGrantOptions): Promise<UploadGrant> {
  const { bucket, endpoint, maxBytes } = options;
  const seconds = (options.expiresAt.getTime() - options.now.getTime()) / 1000;
  if (!(seconds > 0 && seconds <= maxExpirySeconds)) throw new RangeError(`a grant cannot be good for ${seconds} s`);
  const logs = logPrefix(options);
  const json = 'application/json';
  const [result, ...policies] = await Promise.all([
    // The last word of an attempt, which nobody changes afterwards.
    createSignedUpload({
      ...options,
      name: signalName(options, 'result'),
      contentType: json,
      maxBytes: maxSignalBytes,
    }),
    createPolicy(options, { prefix: logs, contentEncoding: null, contentType: '', maxBytes }),
    createPolicy(options, { prefix: logs, contentEncoding: 'gzip', contentType: '', maxBytes }),
    createPolicy(options, {
      prefix: signalName(options, 'started'),
      exact: true,
      contentEncoding: null,
      contentType: json,
      maxBytes: maxSignalBytes,
    }),
  ]);
  return { v: 1, url: `${endpoint}/${bucket}/`, policies, result };
}

interface Allowed {
  readonly prefix: string;
  /** Whether the prefix is the whole name. */
  readonly exact?: true;
  readonly contentEncoding: 'gzip' | null;
  /** What the type has to begin with. */
  readonly contentType: string;
  readonly maxBytes: number;
}

/**
 * One signed policy document (https://cloud.google.com/storage/docs/authentication/signatures#policy-document). Each
 * condition names a field that the form always has: what a condition on an absent field does is said nowhere, which is
 * why gzipped objects have a policy of their own.
 */
async function createPolicy(options: UploadGrantOptions, allowed: Allowed): Promise<UploadPolicy> {
  const { signer, bucket, now, expiresAt } = options;
  const { prefix, exact, contentEncoding, contentType, maxBytes } = allowed;
  const { date, scope } = signingScope(now);
  const fields: Record<string, string> = {
    ...(contentEncoding === null ? {} : { 'Content-Encoding': contentEncoding }),
    'x-goog-algorithm': signingAlgorithm,
    'x-goog-credential': `${signer.clientEmail}/${scope}`,
    'x-goog-date': date,
  };
  const document = {
    conditions: [
      { bucket },
      [exact === true ? 'eq' : 'starts-with', '$key', prefix],
      ['starts-with', '$Content-Type', contentType],
      ['content-length-range', 0, maxBytes],
      ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
    ],
    expiration: expiresAt.toISOString().replace(/\.\d+Z$/, 'Z'),
  };
  const policy = Buffer.from(JSON.stringify(document)).toString('base64');
  const signature = await signHex(signer, policy);
  return { prefix, contentEncoding, fields: { ...fields, policy, 'x-goog-signature': signature } };
}
