import * as z from 'zod';
import { ApiError, badRequest } from './api-error.ts';

type Json = Readonly<Record<string, unknown>>;

const Fields = z.record(z.string(), z.unknown());

/** Patches an object; of a cluster's patches, merge patches alone are taken. @throws ApiError 400 or 415 */
export function applyPatch(target: object, contentType: string, patch: unknown): Json {
  const [type = ''] = contentType.split(';');
  if (type === 'application/merge-patch+json') return asFields(mergePatch(target, patch));
  throw new ApiError(415, 'UnsupportedMediaType', {
    message:
      'the body of the request was in an unknown format - accepted media types include: application/merge-patch+json',
  });
}

/** RFC 7396 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  const changes = Fields.safeParse(patch);
  if (!changes.success) return patch;
  const merged = new Map(Object.entries(Fields.safeParse(target).data ?? {}));
  for (const [key, value] of Object.entries(changes.data)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function asFields(value: unknown): Json {
  const fields = Fields.safeParse(value);
  if (!fields.success) throw badRequest('a patch makes an object of an object');
  return fields.data;
}
