import * as z from 'zod';
import { parseValue } from '../json.ts';

/** What this system reads of a Job: the fields that decide, and nothing else. */
export interface JobView {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Pods that exist and have not ended. */
  readonly active: number;
  /** The condition that ends a Job. Kubernetes sets it only when no Pod of the Job is left running. */
  readonly terminal: 'Complete' | 'Failed' | null;
  /** Of the terminal condition. */
  readonly reason: string | null;
  readonly message: string | null;
  readonly createdAt: Date | null;
  readonly startTime: Date | null;
  readonly activeDeadlineSeconds: number | null;
}

/** What this system reads of a Pod. */
export interface PodView {
  readonly name: string;
  readonly uid: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly reason: string | null;
  readonly message: string | null;
  readonly scheduled: boolean;
  /** Why no node takes it, in the scheduler's words; null if it is scheduled or nobody has looked yet. */
  readonly unschedulable: string | null;
  /** Somebody has asked for its end. */
  readonly deleting: boolean;
  /** Why the platform took the Pod away (eviction, preemption, a lost node), if it did. */
  readonly disruption: { readonly reason: string | null; readonly message: string | null } | null;
  readonly containers: {
    readonly courier: ContainerView | null;
    readonly checkout: ContainerView | null;
    readonly build: ContainerView | null;
  };
}

/** The state of one container; what does not belong to the state is null. */
export interface ContainerView {
  readonly state: 'waiting' | 'running' | 'terminated';
  readonly reason: string | null;
  /** Of a terminated container: the last words that its program left. */
  readonly message: string | null;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly restartCount: number;
}

const Text = z.string().nullish();
const Metadata = z.object({
  name: z.string(),
  uid: z.string(),
  labels: z.record(z.string(), z.string()).nullish(),
  creationTimestamp: z.coerce.date().nullish(),
  deletionTimestamp: z.coerce.date().nullish(),
});
const Condition = z.object({ type: z.string(), status: z.string(), reason: Text, message: Text });
const Conditions = z.array(Condition).nullish();

const Job = z.object({
  metadata: Metadata,
  spec: z.object({ activeDeadlineSeconds: z.number().nullish() }).nullish(),
  status: z
    .object({ active: z.number().nullish(), startTime: z.coerce.date().nullish(), conditions: Conditions })
    .nullish(),
});

const ContainerStatus = z.object({
  name: z.string(),
  restartCount: z.number(),
  state: z
    .object({
      waiting: z.object({ reason: Text, message: Text }).nullish(),
      running: z.object({ startedAt: z.coerce.date().nullish() }).nullish(),
      terminated: z
        .object({
          exitCode: z.number(),
          signal: z.number().nullish(),
          reason: Text,
          message: Text,
          startedAt: z.coerce.date().nullish(),
          finishedAt: z.coerce.date().nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
type ContainerStatus = z.output<typeof ContainerStatus>;

const Pod = z.object({
  metadata: Metadata,
  status: z
    .object({
      phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']).nullish(),
      reason: Text,
      message: Text,
      conditions: Conditions,
      initContainerStatuses: z.array(ContainerStatus).nullish(),
      containerStatuses: z.array(ContainerStatus).nullish(),
    })
    .nullish(),
});

/** Reads a Job as the API gives it. @throws YbError `malformed-document` */
export function jobView(value: unknown): JobView {
  const { metadata, spec, status } = parseValue(Job, value, { what: 'Job', code: 'malformed-document' });
  const terminal = status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  return {
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels ?? {},
    active: status?.active ?? 0,
    terminal: terminal === undefined ? null : terminal.type === 'Complete' ? 'Complete' : 'Failed',
    reason: terminal?.reason ?? null,
    message: terminal?.message ?? null,
    createdAt: metadata.creationTimestamp ?? null,
    startTime: status?.startTime ?? null,
    activeDeadlineSeconds: spec?.activeDeadlineSeconds ?? null,
  };
}

/** Reads a Pod as the API gives it. @throws YbError `malformed-document` */
export function podView(value: unknown): PodView {
  const { metadata, status } = parseValue(Pod, value, { what: 'Pod', code: 'malformed-document' });
  const condition = (wanted: string) => status?.conditions?.find(({ type }) => type === wanted);
  const scheduled = condition('PodScheduled');
  const disruption = condition('DisruptionTarget');
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const container = (wanted: string) => containerView(containers.find(({ name }) => name === wanted));
  return {
    name: metadata.name,
    uid: metadata.uid,
    phase: status?.phase ?? 'Pending',
    reason: status?.reason ?? null,
    message: status?.message ?? null,
    scheduled: scheduled?.status === 'True',
    unschedulable: scheduled?.status === 'False' ? (scheduled.message ?? scheduled.reason ?? null) : null,
    deleting: metadata.deletionTimestamp !== undefined && metadata.deletionTimestamp !== null,
    disruption:
      disruption?.status === 'True' ? { reason: disruption.reason ?? null, message: disruption.message ?? null } : null,
    containers: { courier: container('courier'), checkout: container('checkout'), build: container('build') },
  };
}

const noState = { reason: null, message: null, exitCode: null, signal: null, startedAt: null, finishedAt: null };

function containerView(status: ContainerStatus | undefined): ContainerView | null {
  if (status === undefined) return null;
  const { running, terminated, waiting } = status.state ?? {};
  const { restartCount } = status;
  if (terminated) {
    return {
      state: 'terminated',
      restartCount,
      reason: terminated.reason ?? null,
      message: terminated.message ?? null,
      exitCode: terminated.exitCode,
      signal: terminated.signal ?? null,
      startedAt: terminated.startedAt ?? null,
      finishedAt: terminated.finishedAt ?? null,
    };
  }
  if (running) return { ...noState, state: 'running', restartCount, startedAt: running.startedAt ?? null };
  const { reason = null, message = null } = waiting ?? {};
  return { ...noState, state: 'waiting', restartCount, reason, message };
}
