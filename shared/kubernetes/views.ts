import type { JobView, PodView, ContainerView } from '../outside/cluster.ts';
import * as z from 'zod';
import { parseValue } from '../json.ts';
import { runAnnotations } from './labels.ts';

const Text = z
  .string()
  .nullish()
  .transform((text) => text ?? null);
const Time = z.coerce
  .date()
  .nullish()
  .transform((time) => time ?? null);
const Metadata = z.object({
  name: z.string(),
  uid: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  creationTimestamp: Time,
  deletionTimestamp: Time,
});
const Conditions = z
  .array(z.object({ type: z.string(), status: z.string(), reason: Text, message: Text, lastTransitionTime: Time }))
  .default([]);

const Job = z.object({
  metadata: Metadata,
  spec: z.object({ activeDeadlineSeconds: z.number().nullable().default(null) }),
  status: z.object({ active: z.number().default(0), startTime: Time, conditions: Conditions }).prefault({}),
});

const ContainerStatus = z.object({
  name: z.string(),
  restartCount: z.number(),
  imageID: z.string().default(''),
  state: z
    .object({
      waiting: z.object({ reason: Text, message: Text }).optional(),
      running: z.object({ startedAt: Time }).optional(),
      terminated: z
        .object({
          exitCode: z.number(),
          signal: z.number().nullable().default(null),
          reason: Text,
          message: Text,
          startedAt: Time,
          finishedAt: Time,
        })
        .optional(),
    })
    .default({}),
});
type ContainerStatus = z.output<typeof ContainerStatus>;

const Pod = z.object({
  metadata: Metadata,
  status: z
    .object({
      phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']).default('Pending'),
      reason: Text,
      message: Text,
      conditions: Conditions,
      initContainerStatuses: z.array(ContainerStatus).default([]),
      containerStatuses: z.array(ContainerStatus).default([]),
    })
    .prefault({}),
});

/** Reads a Job as the API gives it. @throws YbError `malformed-document` */
export function jobView(value: unknown): JobView {
  const { metadata, spec, status } = parseValue(Job, value, { what: 'Job', code: 'malformed-document' });
  const isTrue = (wanted: string) => status.conditions.find(({ type, status }) => type === wanted && status === 'True');
  const complete = isTrue('Complete');
  const failed = isTrue('Failed');
  // A deadline is told before the Pods have ended, and a build that it stopped leaves its record in between.
  const told = complete ?? failed ?? isTrue('FailureTarget');
  return {
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels,
    active: status.active,
    terminal: complete ? 'Complete' : failed ? 'Failed' : null,
    reason: told?.reason ?? null,
    message: told?.message ?? null,
    endedAt: (complete ?? failed)?.lastTransitionTime ?? null,
    createdAt: metadata.creationTimestamp,
    startTime: status.startTime,
    activeDeadlineSeconds: spec.activeDeadlineSeconds,
    limits: limitsOf(metadata.annotations[runAnnotations.limits]),
  };
}

const Bytes = z.number().positive().nullish();
const Limits = z.object({ memoryBytes: Bytes, diskBytes: Bytes, logBytes: Bytes });

/** They are for people: what cannot be read is left out. */
function limitsOf(text: string | undefined): JobView['limits'] {
  if (text === undefined) return {};
  try {
    const known = Object.entries(Limits.parse(JSON.parse(text))).filter(([, bytes]) => typeof bytes === 'number');
    return Object.fromEntries(known);
  } catch {
    return {};
  }
}

/** Reads a Pod as the API gives it. @throws YbError `malformed-document` */
export function podView(value: unknown): PodView {
  const { metadata, status } = parseValue(Pod, value, { what: 'Pod', code: 'malformed-document' });
  const is = (wanted: string, value: 'True' | 'False') =>
    status.conditions.find(({ type, status }) => type === wanted && status === value);
  const unscheduled = is('PodScheduled', 'False');
  const disruption = is('DisruptionTarget', 'True');
  const containers = [...status.initContainerStatuses, ...status.containerStatuses];
  const buildImage = containers.find(({ name }) => name === 'build')?.imageID ?? '';
  const container = (wanted: string) => containerView(containers.find(({ name }) => name === wanted));
  return {
    name: metadata.name,
    uid: metadata.uid,
    phase: status.phase,
    reason: status.reason,
    message: status.message,
    scheduled: is('PodScheduled', 'True') !== undefined,
    unschedulable: unscheduled === undefined ? null : (unscheduled.message ?? unscheduled.reason),
    deleting: metadata.deletionTimestamp !== null,
    ...(buildImage === '' ? {} : { buildImage }),
    disruption: disruption === undefined ? null : { reason: disruption.reason, message: disruption.message },
    containers: {
      courier: container('courier'),
      checkout: container('checkout'),
      build: container('build'),
      ...(container('cleaning') === null ? {} : { cleaning: container('cleaning') }),
    },
  };
}

const noState = { reason: null, message: null, exitCode: null, signal: null, startedAt: null, finishedAt: null };

function containerView(status: ContainerStatus | undefined): ContainerView | null {
  if (status === undefined) return null;
  const { running, terminated, waiting } = status.state;
  const { restartCount } = status;
  if (terminated) return { ...terminated, state: 'terminated', restartCount };
  if (running) return { ...noState, ...running, state: 'running', restartCount };
  return { ...noState, ...waiting, state: 'waiting', restartCount };
}
