import type { Context, Hono } from 'hono';
import * as z from 'zod';
import {
  ApiError,
  type ResourceName,
  alreadyExists,
  badRequest,
  conflict,
  methodNotAllowed,
  notFound,
} from './api-error.ts';
import type { Propagation } from './job-controller.ts';
import type { Metadata } from './objects.ts';
import { applyPatch } from './patch.ts';
import { fieldSelector, labelSelector } from './selectors.ts';
import type { Collection } from './store.ts';

interface KubernetesObject {
  readonly metadata: Metadata;
}

export interface Deletion {
  readonly propagation?: Propagation;
  readonly graceSeconds?: number;
}

/** One kind of objects and what may be done to it; what is left out is answered with 405. */
export interface Resource<Kept extends KubernetesObject> {
  readonly name: ResourceName;
  readonly collection: Collection<Kept>;
  /** Of the newest change in the cluster. */
  readonly version: () => string;
  /** Makes what is to be stored of what was sent. */
  readonly admit?: (body: unknown) => Kept;
  /** Makes what is to be stored of what a patch has made. */
  readonly readmit?: (before: Kept, patched: unknown) => Kept;
  /** @returns the object if it is there for a while yet */
  readonly remove?: (object: Kept, deletion: Deletion) => Kept | null;
}

const defaultLimit = 500;

const DeleteOptions = z.object({
  propagationPolicy: z.enum(['Background', 'Foreground', 'Orphan']).optional(),
  gracePeriodSeconds: z.coerce.number().int().min(0).optional(),
  preconditions: z.object({ uid: z.string().optional(), resourceVersion: z.string().optional() }).optional(),
});

/** Serves the usual verbs of one kind in a namespace. */
export function serveResource<Kept extends KubernetesObject>(app: Hono, resource: Resource<Kept>): void {
  const { name: names, collection } = resource;
  const prefix = names.group === '' ? '/api/v1' : `/apis/${names.group}/v1`;
  const list = `${prefix}/namespaces/:namespace/${names.plural}`;
  const one = `${list}/:name`;
  const find = (name: string): Kept => {
    const object = collection.get(name);
    if (object === undefined) throw notFound(names, name);
    return object;
  };
  app.get(list, (context) => context.json(listOf(resource, context)));
  app.get(one, (context) => context.json(find(nameOf(context))));
  app.get(`${one}/status`, (context) => context.json(find(nameOf(context))));
  app.post(list, async (context) => {
    if (resource.admit === undefined) throw methodNotAllowed();
    const object = resource.admit(await bodyOf(context));
    const { name } = object.metadata;
    if (collection.get(name) !== undefined) throw alreadyExists(names, name);
    return context.json(isDryRun(context) ? object : collection.put(object), 201);
  });
  app.patch(one, async (context) => {
    const { readmit } = resource;
    if (readmit === undefined) throw methodNotAllowed();
    const body = await bodyOf(context);
    // From here on in one turn: what is patched is what is there.
    const before = find(nameOf(context));
    const patched = applyPatch(before, context.req.header('Content-Type') ?? '', body);
    requireVersion(names, before.metadata, z.object({ metadata: versionOnly }).safeParse(patched).data?.metadata);
    const after = readmit(before, patched);
    return context.json(isDryRun(context) ? after : collection.put(after));
  });
  app.delete(one, async (context) => {
    if (resource.remove === undefined) throw methodNotAllowed();
    const { propagationPolicy, gracePeriodSeconds, preconditions } = await deleteOptions(context);
    const object = find(nameOf(context));
    requireVersion(names, object.metadata, preconditions);
    if (isDryRun(context)) return context.json(object);
    const left = resource.remove(object, {
      ...(propagationPolicy === undefined ? {} : { propagation: propagationPolicy }),
      ...(gracePeriodSeconds === undefined ? {} : { graceSeconds: gracePeriodSeconds }),
    });
    return context.json(left ?? success(names, object.metadata));
  });
  app.all(list, () => {
    throw methodNotAllowed();
  });
  app.all(one, () => {
    throw methodNotAllowed();
  });
}

function listOf<Kept extends KubernetesObject>(resource: Resource<Kept>, context: Context): object {
  const { name: names, collection } = resource;
  const query = context.req.query();
  if (query['watch'] === 'true' || query['watch'] === '1') {
    throw new ApiError(405, 'MethodNotAllowed', { message: 'the local cluster has no watches' });
  }
  const byLabels = labelSelector(query['labelSelector'] ?? '');
  const byFields = fieldSelector(query['fieldSelector'] ?? '', names.kind);
  const after = query['continue'] === undefined ? '' : Buffer.from(query['continue'], 'base64url').toString('utf8');
  const rest = collection
    .list()
    .filter((item) => item.metadata.name > after && byLabels(item.metadata) && byFields(item))
    .toSorted((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
  const items = rest.slice(0, limitOf(query['limit']));
  const last = items.at(-1)?.metadata.name;
  const more = rest.length > items.length && last !== undefined;
  return {
    kind: `${names.kind}List`,
    apiVersion: names.group === '' ? 'v1' : `${names.group}/v1`,
    metadata: {
      resourceVersion: resource.version(),
      ...(more
        ? { continue: Buffer.from(last).toString('base64url'), remainingItemCount: rest.length - items.length }
        : {}),
    },
    // Items of a list do not repeat their kind.
    items: items.map((item) => ({ ...item, kind: undefined, apiVersion: undefined })),
  };
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? 0);
  if (!Number.isInteger(limit) || limit < 0) throw badRequest(`limit: invalid value ${text ?? ''}`);
  return limit === 0 ? defaultLimit * 100 : limit;
}

const versionOnly = z.object({ uid: z.string().optional(), resourceVersion: z.string().optional() });

function requireVersion(
  names: ResourceName,
  { name, uid, resourceVersion }: Metadata,
  wanted: z.output<typeof versionOnly> | undefined,
): void {
  if (wanted?.uid !== undefined && wanted.uid !== uid) {
    throw conflict(names, name, `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`);
  }
  if (wanted?.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    throw conflict(
      names,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  }
}

function success({ group, plural }: ResourceName, { name, uid }: Metadata): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, group, kind: plural, uid },
  };
}

async function deleteOptions(context: Context): Promise<z.output<typeof DeleteOptions>> {
  const text = await context.req.text();
  const body: unknown = text === '' ? {} : jsonOf(text);
  const parsed = DeleteOptions.safeParse({ ...z.record(z.string(), z.unknown()).parse(body), ...context.req.query() });
  if (!parsed.success) throw badRequest('unreadable delete options');
  return parsed.data;
}

async function bodyOf(context: Context): Promise<unknown> {
  return jsonOf(await context.req.text());
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('the body of the request is not JSON');
  }
}

function nameOf(context: Context): string {
  return context.req.param('name') ?? '';
}

function isDryRun(context: Context): boolean {
  return context.req.query('dryRun') === 'All';
}
