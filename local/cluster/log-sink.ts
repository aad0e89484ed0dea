import type { CoreV1Event } from '@kubernetes/client-node';
import { type Kube, follow } from './client.ts';

/** What the log sink's filter lets through in the cloud: with these a Job ends … */
const ends = new Set(['Completed', 'BackoffLimitExceeded', 'DeadlineExceeded', 'PodFailurePolicy']);
/** … and with these a Pod is ended. */
const takes = new Set(['Preempted', 'TaintManagerEviction']);

function passes({ involvedObject, reason = '' }: CoreV1Event): boolean {
  if (involvedObject.kind === 'Job') return ends.has(reason);
  if (involvedObject.kind !== 'Pod') return false;
  // The kubelet kills the courier of every Pod whose build has ended: that tells of no loss.
  return takes.has(reason) || (reason === 'Killing' && involvedObject.fieldPath?.endsWith('{courier}') === false);
}

/**
 * Plays the log sink: tells of the end of each Job of a namespace, and of what ends a Pod before that, as the cluster's
 * events do. Events of before its start are told of as well; whoever listens looks at what is true now.
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
      if (!passes(event)) return;
      // What the listener makes of it is no concern of the cluster; the tick finds what is lost.
      options.onEvent(event).catch(() => undefined);
    },
  });
  return { stop };
}
