import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/outside/clock.ts';
import { type Event, type Job, type Pod, wireTime } from './objects.ts';
import type { Store } from './store.ts';

export interface Recorder {
  /** Writes an event about an object; those of a Job's end are told to the outside as well. */
  record(
    about: Job | Pod,
    event: { readonly warning?: boolean; readonly reason: string; readonly message: string },
  ): void;
}

/** Kubernetes keeps events for an hour; here the newest are enough. */
const maxEvents = 1000;

/** The reasons under which a Job's end is told; a log sink lets these through and no others. */
const ends: ReadonlySet<string> = new Set([
  'Completed',
  'BackoffLimitExceeded',
  'DeadlineExceeded',
  'PodFailurePolicy',
]);

export function createRecorder(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly onJobEnd: (event: Event) => void;
}): Recorder {
  const { store } = options;
  return {
    record(about, { warning = false, reason, message }) {
      const component = about.kind === 'Job' ? 'job-controller' : 'kubelet';
      const at = wireTime(options.clock.now());
      const { name, namespace, uid, resourceVersion } = about.metadata;
      const event = store.events.put({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: {
          name: `${name}.${randomBytes(8).toString('hex')}`,
          namespace,
          uid: randomUUID(),
          resourceVersion: '',
          creationTimestamp: at,
        },
        involvedObject: { kind: about.kind, namespace, name, uid, apiVersion: about.apiVersion, resourceVersion },
        reason,
        message,
        source: { component },
        firstTimestamp: at,
        lastTimestamp: at,
        count: 1,
        type: warning ? 'Warning' : 'Normal',
        eventTime: null,
        reportingComponent: component,
        reportingInstance: '',
      });
      forget(store);
      if (about.kind === 'Job' && ends.has(reason)) options.onJobEnd(event);
    },
  };
}

function forget(store: Store): void {
  const events = store.events.list();
  if (events.length <= maxEvents) return;
  const age = ({ metadata }: Event): number => Number(metadata.resourceVersion);
  const oldest = events.toSorted((one, other) => age(one) - age(other)).slice(0, events.length - maxEvents);
  for (const { metadata } of oldest) store.events.remove(metadata.name);
}
