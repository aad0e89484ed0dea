import { randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Recorder } from './events.ts';
import { type JobStep, nextForJob, nextLookAt } from './job-state.ts';
import { type Job, type Metadata, type Pod, podFinished, wireTime } from './objects.ts';
import type { Store } from './store.ts';

export interface JobController {
  /** Ends it: what happens afterwards is found at the next start. */
  stop(): void;
}

const controllerUid = 'batch.kubernetes.io/controller-uid';
const jobNameLabel = 'batch.kubernetes.io/job-name';

function jobUidOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[controllerUid];
}

/** Does what {@link nextForJob} says, after each change and when time asks for it. */
export function createJobController(options: {
  readonly store: Store;
  readonly recorder: Recorder;
  readonly clock: Clock;
}): JobController {
  const { store, clock } = options;
  const ending = new AbortController();
  const state = { queued: false };
  const alarms = new Map<string, { readonly at: number; readonly cancel: AbortController }>();
  const queue = (): void => {
    if (state.queued || ending.signal.aborted) return;
    state.queued = true;
    queueMicrotask(() => {
      state.queued = false;
      if (ending.signal.aborted) return;
      const pods = new Map(store.pods.list().map((pod) => [jobUidOf(pod), pod]));
      for (const job of store.jobs.list()) sync(job, pods.get(job.metadata.uid) ?? null);
      collect(store, clock.now());
    });
  };
  const sync = (job: Job, pod: Pod | null): void => {
    // Deleted in the foreground: it goes when its Pod has gone.
    if (job.metadata.deletionTimestamp !== undefined) {
      if (pod === null) store.jobs.remove(job.metadata.name);
      else if (podFinished(pod)) store.pods.remove(pod.metadata.name);
      return;
    }
    for (const step of nextForJob(job, pod, clock.now())) perform(options, job, step);
    setAlarm(job.metadata.name);
  };
  const setAlarm = (name: string): void => {
    const job = store.jobs.get(name);
    const at = job === undefined ? null : nextLookAt(job);
    const known = alarms.get(name);
    if (known?.at === at?.getTime()) return;
    known?.cancel.abort();
    alarms.delete(name);
    if (at === null) return;
    const cancel = new AbortController();
    alarms.set(name, { at: at.getTime(), cancel });
    const milliseconds = Math.max(at.getTime() - clock.now().getTime(), 0);
    clock.sleep(milliseconds, AbortSignal.any([cancel.signal, ending.signal])).then(
      () => {
        alarms.delete(name);
        queue();
      },
      () => undefined,
    );
  };
  const unsubscribe = store.subscribe(queue);
  queue();
  return {
    stop() {
      unsubscribe();
      ending.abort();
    },
  };
}

function perform(
  { store, recorder, clock }: { readonly store: Store; readonly recorder: Recorder; readonly clock: Clock },
  job: Job,
  step: JobStep,
): void {
  const pod = podOf(store, job);
  switch (step.type) {
    case 'set-status':
      store.jobs.update(job.metadata.name, (known) => ({ ...known, status: step.status }));
      break;
    case 'create-pod': {
      const made = store.pods.put(podFor(job, clock.now()));
      recorder.record(job, { reason: 'SuccessfulCreate', message: `Created pod: ${made.metadata.name}` });
      break;
    }
    case 'delete-pod':
      if (pod !== null) requestPodDeletion(store, pod, clock.now());
      break;
    case 'release-pod':
      if (pod !== null) store.pods.remove(pod.metadata.name);
      break;
    case 'tell':
      recorder.record(store.jobs.get(job.metadata.name) ?? job, step);
      break;
    case 'delete-job':
      deleteJob(store, job, 'Background', clock.now());
      break;
  }
}

/** The Pod of a Job. */
function podOf(store: Store, job: Job): Pod | null {
  return store.pods.list().find((pod) => jobUidOf(pod) === job.metadata.uid) ?? null;
}

/**
 * Marks a Pod for its end: its containers get SIGTERM and the grace. Asked again with a shorter grace, that counts. One
 * that is over already is let go by its Job's controller.
 */
export function requestPodDeletion(store: Store, pod: Pod, now: Date, graceSeconds?: number): Pod {
  const asked = graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  const grace = Math.min(asked, pod.metadata.deletionGracePeriodSeconds ?? asked);
  const metadata: Metadata = {
    ...pod.metadata,
    deletionTimestamp: pod.metadata.deletionTimestamp ?? wireTime(new Date(now.getTime() + grace * 1000)),
    deletionGracePeriodSeconds: grace,
  };
  return store.pods.update(pod.metadata.name, (known) => ({ ...known, metadata })) ?? pod;
}

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** Deletes a Job, and what belongs to it as `propagation` says. No event tells of it. */
export function deleteJob(store: Store, job: Job, propagation: Propagation, now: Date): void {
  const pod = podOf(store, job);
  if (propagation === 'Foreground' && pod !== null) {
    store.jobs.update(job.metadata.name, (known) => ({
      ...known,
      metadata: { ...known.metadata, deletionTimestamp: wireTime(now), finalizers: ['foregroundDeletion'] },
    }));
  } else store.jobs.remove(job.metadata.name);
  if (propagation === 'Orphan') {
    const orphan = ({ ownerReferences: _, ...metadata }: Metadata): Metadata => metadata;
    if (pod !== null) store.pods.update(pod.metadata.name, (known) => ({ ...known, metadata: orphan(known.metadata) }));
    for (const { metadata } of store.secrets.list().filter((secret) => ownerOf(secret.metadata) === job.metadata.uid)) {
      store.secrets.update(metadata.name, (known) => ({ ...known, metadata: orphan(known.metadata) }));
    }
  } else if (pod !== null) requestPodDeletion(store, pod, now);
}

function ownerOf(metadata: Metadata): string | undefined {
  return metadata.ownerReferences?.find(({ kind }) => kind === 'Job')?.uid;
}

/** The garbage collector: what a Job owned goes when the Job is gone. */
function collect(store: Store, now: Date): void {
  const alive = new Set(store.jobs.list().map(({ metadata }) => metadata.uid));
  const lost = ({ metadata }: { readonly metadata: Metadata }): boolean => {
    const owner = ownerOf(metadata);
    return owner !== undefined && !alive.has(owner);
  };
  for (const { metadata } of store.secrets.list().filter(lost)) store.secrets.remove(metadata.name);
  for (const pod of store.pods.list()) {
    const deleting = pod.metadata.deletionTimestamp !== undefined;
    const orphaned = ownerOf(pod.metadata) === undefined;
    if (podFinished(pod) && (lost(pod) || (orphaned && deleting))) store.pods.remove(pod.metadata.name);
    else if (lost(pod) && !deleting) requestPodDeletion(store, pod, now);
  }
}

/** The Pod that a Job makes. */
function podFor(job: Job, now: Date): Pod {
  const { template } = job.spec;
  const { name, namespace, uid } = job.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      // Names are cut so that the suffix fits into 63 characters.
      name: `${name.slice(0, 57)}-${suffix()}`,
      generateName: `${name}-`,
      namespace,
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp: wireTime(now),
      labels: { ...template.metadata?.labels },
      ...(template.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true, blockOwnerDeletion: true }],
      finalizers: ['batch.kubernetes.io/job-tracking'],
    },
    spec: template.spec,
    status: { phase: 'Pending', qosClass: 'Burstable' },
  };
}

/** The labels by which a Job knows its Pods; the API puts them into its template. */
export function controllerLabels(name: string, uid: string): Record<string, string> {
  return { [controllerUid]: uid, [jobNameLabel]: name, 'controller-uid': uid, 'job-name': name };
}

/** Letters and digits that make no words. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

function suffix(): string {
  return Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
