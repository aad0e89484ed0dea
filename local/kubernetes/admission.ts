import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type ResourceName, badRequest, invalid } from './api-error.ts';
import { controllerLabels } from './job-controller.ts';
import { Claim, Job, JobSpec, type Metadata, OwnerReference, Secret, wireTime } from './objects.ts';
import { type Cause, jobCauses, labelCauses, nameCauses } from './validation.ts';

export const names = {
  jobs: { group: 'batch', plural: 'jobs', kind: 'Job' },
  pods: { group: '', plural: 'pods', kind: 'Pod' },
  secrets: { group: '', plural: 'secrets', kind: 'Secret' },
  claims: { group: '', plural: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim' },
  events: { group: '', plural: 'events', kind: 'Event' },
} as const satisfies Record<string, ResourceName>;

/** Where and when an object is made. */
export interface Making {
  readonly namespace: string;
  readonly now: Date;
}

const NewMetadata = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  ownerReferences: z.array(OwnerReference).optional(),
});

const Head = z.looseObject({
  kind: z.string().optional(),
  metadata: z.looseObject({ name: z.string().optional(), namespace: z.string().optional() }).optional(),
});
const NewJob = z.looseObject({ metadata: NewMetadata, spec: JobSpec });
const NewSecret = z.looseObject({
  metadata: NewMetadata,
  type: z.string().default('Opaque'),
  immutable: z.boolean().optional(),
  data: z.record(z.string(), z.base64()).default({}),
  stringData: z.record(z.string(), z.string()).default({}),
});
const NewClaim = z.looseObject({ metadata: NewMetadata, spec: Claim.shape.spec });

/** Makes what is stored of a Job that somebody wants. @throws ApiError 400 or 422 */
export function admitJob(body: unknown, making: Making): Job {
  const { metadata, spec } = read(names.jobs, NewJob, body, making);
  refuse(names.jobs, metadata.name, [...nameCauses(metadata.name, 'metadata.name', 63), ...jobCauses(spec)]);
  const made = newMetadata(metadata, making);
  const labels = controllerLabels(made.name, made.uid);
  const { template } = spec;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...made, generation: 1, labels: { ...labels, ...made.labels } },
    spec: {
      parallelism: 1,
      completions: 1,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'Failed',
      ...spec,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': made.uid } },
      template: {
        ...template,
        metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } },
        spec: { dnsPolicy: 'ClusterFirst', schedulerName: 'default-scheduler', ...template.spec },
      },
    },
    status: {},
  };
}

/** @throws ApiError 400 or 422 */
export function admitSecret(body: unknown, making: Making): Secret {
  const { metadata, type, immutable, data, stringData } = read(names.secrets, NewSecret, body, making);
  refuse(names.secrets, metadata.name, nameCauses(metadata.name));
  const encoded = Object.entries(stringData).map(([key, value]): [string, string] => [
    key,
    Buffer.from(value).toString('base64'),
  ]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: newMetadata(metadata, making),
    type,
    ...(immutable === undefined ? {} : { immutable }),
    data: { ...data, ...Object.fromEntries(encoded) },
  };
}

/** A claim is bound at once: its folder is made when it is first mounted. @throws ApiError 400 or 422 */
export function admitClaim(body: unknown, making: Making): Claim {
  const { metadata, spec } = read(names.claims, NewClaim, body, making);
  refuse(names.claims, metadata.name, nameCauses(metadata.name));
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: newMetadata(metadata, making),
    spec: { volumeMode: 'Filesystem', volumeName: `pv-${metadata.name}`, ...spec },
    status: { phase: 'Bound', accessModes: spec.accessModes, capacity: { storage: spec.resources.requests.storage } },
  };
}

const mutableJobFields = ['activeDeadlineSeconds', 'ttlSecondsAfterFinished'];

/** What may be changed of a Job that is there. Its status is not the caller's to change. @throws ApiError 422 */
export function readmitJob(before: Job, patched: unknown): Job {
  const after = readPatched(names.jobs, Job, before.metadata.name, patched);
  const causes = changedFields(before.spec, after.spec)
    .filter((field) => !mutableJobFields.includes(field))
    .map((field) => ({ field: `spec.${field}`, message: 'field is immutable' }));
  refuse(names.jobs, before.metadata.name, causes);
  return { ...after, metadata: keptMetadata(before.metadata, after.metadata), status: before.status };
}

/** @throws ApiError 422 */
export function readmitClaim(before: Claim, patched: unknown): Claim {
  const after = readPatched(names.claims, Claim, before.metadata.name, patched);
  const causes = changedFields(before.spec, after.spec)
    .filter((field) => field !== 'resources')
    .map((field) => ({
      field: `spec.${field}`,
      message: 'spec is immutable after creation except resources.requests',
    }));
  refuse(names.claims, before.metadata.name, causes);
  return { ...after, metadata: keptMetadata(before.metadata, after.metadata), status: before.status };
}

/** @throws ApiError 422 */
export function readmitSecret(before: Secret, patched: unknown): Secret {
  const after = readPatched(names.secrets, Secret, before.metadata.name, patched);
  const fixed = before.immutable === true && changedFields(before.data, after.data).length > 0;
  refuse(
    names.secrets,
    before.metadata.name,
    fixed ? [{ field: 'data', message: 'field is immutable when `immutable` is set' }] : [],
  );
  return { ...after, metadata: keptMetadata(before.metadata, after.metadata) };
}

function read<Wanted extends { readonly metadata: z.output<typeof NewMetadata> }>(
  resource: ResourceName,
  schema: z.ZodType<Wanted>,
  body: unknown,
  { namespace }: Making,
): Wanted {
  const head = Head.safeParse(body);
  if (!head.success) throw badRequest('the object provided is unrecognized');
  const { kind = resource.kind, metadata } = head.data;
  if (kind !== resource.kind) throw badRequest(`${kind} in place of ${resource.kind}`);
  if (metadata?.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const parsed = schema.safeParse(body);
  const name = metadata?.name ?? '';
  if (!parsed.success) throw invalid(resource, name, causesOf(parsed.error));
  refuse(resource, name, labelCauses(parsed.data.metadata.labels ?? {}, 'metadata.labels'));
  return parsed.data;
}

function readPatched<Schema extends z.ZodType>(
  resource: ResourceName,
  schema: Schema,
  name: string,
  patched: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(patched);
  if (!parsed.success) throw invalid(resource, name, causesOf(parsed.error));
  return parsed.data;
}

function causesOf(error: z.ZodError): readonly Cause[] {
  return error.issues.map(({ path, message }) => ({ field: path.map(String).join('.'), message }));
}

function refuse(resource: ResourceName, name: string, causes: readonly Cause[]): void {
  if (causes.length > 0) throw invalid(resource, name, causes);
}

function newMetadata(given: z.output<typeof NewMetadata>, { namespace, now }: Making): Metadata {
  return { ...given, namespace, uid: randomUUID(), resourceVersion: '', creationTimestamp: wireTime(now) };
}

/** Of its metadata a caller changes labels and annotations. */
function keptMetadata(before: Metadata, after: Metadata): Metadata {
  const { labels, annotations } = after;
  return {
    ...before,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function changedFields(before: object, after: object): readonly string[] {
  const one = new Map<string, unknown>(Object.entries(before));
  const other = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (key) => !isDeepStrictEqual(one.get(key), other.get(key)),
  );
}
