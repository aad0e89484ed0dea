import * as z from 'zod';
import { ApiError, badRequest } from './api-error.ts';

type Json = Readonly<Record<string, unknown>>;

const Fields = z.record(z.string(), z.unknown());

const Operation = z.discriminatedUnion('op', [
  z.object({ op: z.enum(['add', 'replace', 'test']), path: z.string(), value: z.unknown() }),
  z.object({ op: z.literal('remove'), path: z.string() }),
]);

/** Patches an object by the request's content type. @throws ApiError 400 or 415 */
export function applyPatch(target: object, contentType: string, patch: unknown): Json {
  const [type = ''] = contentType.split(';');
  if (type === 'application/merge-patch+json') return asFields(mergePatch(target, patch));
  if (type === 'application/json-patch+json') return jsonPatch(asFields(target), patch);
  throw new ApiError(415, 'UnsupportedMediaType', {
    message:
      'the body of the request was in an unknown format - accepted media types include: ' +
      'application/json-patch+json, application/merge-patch+json',
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

/** RFC 6902, over the fields of objects: `add`, `replace`, `remove` and `test`; not into lists. */
function jsonPatch(target: Json, patch: unknown): Json {
  const operations = z.array(Operation).safeParse(patch);
  if (!operations.success) throw badRequest('the JSON patch has operations that this server does not know');
  return operations.data.reduce<Json>((object, operation) => {
    const keys = operation.path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    return asFields(applyAt(object, keys, operation));
  }, target);
}

function applyAt(value: unknown, keys: readonly string[], operation: z.output<typeof Operation>): unknown {
  const [key, ...rest] = keys;
  const fields = Fields.safeParse(value);
  if (key === undefined || !fields.success) throw badRequest(`the path ${operation.path} leads nowhere`);
  const changed = new Map(Object.entries(fields.data));
  if (rest.length > 0) changed.set(key, applyAt(changed.get(key), rest, operation));
  else if (operation.op === 'remove') changed.delete(key);
  else if (operation.op !== 'test') changed.set(key, operation.value);
  else if (JSON.stringify(changed.get(key)) !== JSON.stringify(operation.value)) {
    throw badRequest(`the test of ${operation.path} failed`);
  }
  return Object.fromEntries(changed);
}

function asFields(value: unknown): Json {
  const fields = Fields.safeParse(value);
  if (!fields.success) throw badRequest('a patch makes an object of an object');
  return fields.data;
}
