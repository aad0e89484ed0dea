import * as z from 'zod';
import { YbError } from '../errors.ts';

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
 * Who holds the grant may replace the attempt's own objects, but for its result, which can be written once.
 */
export const UploadGrant = z.object({
  v: z.literal(1),
  url: z.url(),
  policies: z.array(UploadPolicy).min(1).max(20),
  /** A signed PUT of `result.json`, with the headers that it has to have. */
  result: z.object({ url: z.url(), headers: z.record(z.string(), z.string()) }),
});
export type UploadGrant = z.output<typeof UploadGrant>;

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
