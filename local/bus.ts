import { signalsPrefix } from '../shared/attempt/layout.ts';
import { systemClock } from '../shared/clock.ts';
import { project } from './environment.ts';
import { publishForeign } from './topics.ts';

/** What outside systems publish, each on its own topic and in its own shape. */
export interface Bus {
  /** As the bucket's one notification does: for objects below `signals/` alone. */
  readonly objectStored: (object: StoredObject) => Promise<void>;
  /** A Kubernetes event as GKE's exporter writes it to Cloud Logging, and the sink on to Pub/Sub. */
  readonly jobEvent: (event: object) => Promise<void>;
  /** Cloud Scheduler's part, until what it gives is called. */
  readonly startTicks: (seconds: number) => () => Promise<void>;
}

interface StoredObject {
  readonly bucket: string;
  readonly name: string;
  readonly generation: string;
}

export function createBus(pubsubHost: string): Bus {
  const at = { pubsubHost, project };
  return {
    objectStored: async (object) => {
      if (object.name.startsWith(signalsPrefix))
        await publishForeign({ ...at, topic: 'signals' }, notificationOf(object));
    },
    jobEvent: async (event) => {
      await publishForeign({ ...at, topic: 'job-events' }, { data: logEntryOf(event) });
    },
    startTicks: (seconds) => {
      const timer = setInterval(() => {
        publishForeign({ ...at, topic: 'ticks' }, { data: { v: 1, type: 'tick' } }).catch(() => undefined);
      }, seconds * 1000);
      return async () => {
        clearInterval(timer);
        await Promise.resolve();
      };
    },
  };
}

/** https://cloud.google.com/storage/docs/pubsub-notifications#format */
function notificationOf(object: StoredObject): {
  readonly data: unknown;
  readonly attributes: Readonly<Record<string, string>>;
} {
  return {
    data: object,
    attributes: {
      eventType: 'OBJECT_FINALIZE',
      payloadFormat: 'JSON_API_V1',
      bucketId: object.bucket,
      objectId: object.name,
      objectGeneration: object.generation,
    },
  };
}

function logEntryOf(event: object): unknown {
  return {
    logName: `projects/${project}/logs/events`,
    resource: { type: 'k8s_cluster', labels: { project_id: project, cluster_name: 'local', location: 'local' } },
    timestamp: systemClock.now().toISOString(),
    severity: 'INFO',
    jsonPayload: event,
  };
}
