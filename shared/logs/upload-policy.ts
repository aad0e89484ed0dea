import * as z from 'zod';
import { YbError } from '../errors.ts';
import { type AttemptRef, logPrefix, signalPrefix } from './layout.ts';
import type { Signer } from './signer.ts';
import { maxExpirySeconds, signHex, signingAlgorithm, signingScope } from './v4.ts';

const UploadPolicy = z.object({
  /** What the names of the objects have to begin with. */
  prefix: z.string().min(1),
  /** `gzip`: for objects with exactly this `Content-Encoding`, which stands in `fields`. Null: for objects without. */
  contentEncoding: z.literal('gzip').nullable().default(null),
  fields: z.record(z.string(), z.string()),
});
export type UploadPolicy = z.output<typeof UploadPolicy>;

/**
 * The right to upload the objects of one attempt, and no other right: signed forms of `POST {url}`. A form has all
 * `fields` of its policy, then `key` and `Content-Type`, and last `file`; the storage refuses it with any other field.
 * Who holds the grant may replace the attempt's own objects.
 */
export const UploadGrant = z.object({ v: z.literal(1), url: z.url(), policies: z.array(UploadPolicy).min(1).max(20) });
export type UploadGrant = z.output<typeof UploadGrant>;

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
  const signals = signalPrefix(options);
  const policies = await Promise.all([
    createPolicy(options, { prefix: logs, contentEncoding: null, contentType: '', maxBytes }),
    createPolicy(options, { prefix: logs, contentEncoding: 'gzip', contentType: '', maxBytes }),
    createPolicy(options, {
      prefix: signals,
      contentEncoding: null,
      contentType: 'application/json',
      maxBytes: maxSignalBytes,
    }),
  ]);
  return { v: 1, url: `${endpoint}/${bucket}/`, policies };
}

/**
 * The policy under which an object may be uploaded.
 * @throws YbError `storage-refused` if the grant does not allow it
 */
export function policyFor(
  grant: UploadGrant,
  object: { readonly name: string; readonly contentEncoding?: 'gzip' | undefined },
): UploadPolicy {
  const policy = grant.policies.find(
    ({ prefix, contentEncoding }) =>
      object.name.startsWith(prefix) && contentEncoding === (object.contentEncoding ?? null),
  );
  if (policy === undefined) throw new YbError('storage-refused', `no right to upload ${object.name}`);
  return policy;
}

interface Allowed {
  readonly prefix: string;
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
  const { prefix, contentEncoding, contentType, maxBytes } = allowed;
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
      ['starts-with', '$key', prefix],
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
