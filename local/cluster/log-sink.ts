import type { CoreV1Event } from '@kubernetes/client-node';
import { type Kube, follow } from './client.ts';

/** With these a Job ends: what the log sink's filter lets through in the cloud. */
const ends = new Set(['Completed', 'BackoffLimitExceeded', 'DeadlineExceeded', 'PodFailurePolicy']);

/**
 * Plays the log sink: tells of the end of each Job of a namespace, as the cluster's events do. Events of before its start
 * are told of as well; whoever listens looks at what is true now.
 */
export async function startLogSink(options: {
  readonly kube: Kube;
  readonly namespace: string;
  readonly onEvent: (event: CoreV1Event) => Promise<void>;
}): Promise<{ stop(): Promise<void> }> {
  const { kube, namespace } = options;
  const stop = await follow<CoreV1Event>({
    kube,
    path: `/api/v1/namespaces/${namespace}/events`,
    list: async () => await kube.core.listNamespacedEvent({ namespace }),
    tell: (event) => {
      if (event.involvedObject.kind !== 'Job' || !ends.has(event.reason ?? '')) return;
      // What the listener makes of it is no concern of the cluster; the tick finds what is lost.
      options.onEvent(event).catch(() => undefined);
    },
  });
  return { stop };
}
