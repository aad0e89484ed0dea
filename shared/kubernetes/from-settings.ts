import type { SchedulerSettings } from '../config.ts';
import { YbError } from '../errors.ts';
import type { TokenSource } from '../google-token.ts';
import type { ClusterAccess } from './access.ts';
import { type Cluster, createCluster } from './cluster.ts';

type ClusterSettings = Pick<SchedulerSettings, 'KUBECONFIG' | 'YB_CLUSTER_ENDPOINT' | 'YB_NAMESPACE'>;

/** The cluster of a function: a kubeconfig where one is given, else GKE with the function's own identity. */
export function clusterFromSettings(settings: ClusterSettings, token: TokenSource): Cluster {
  return createCluster({
    access: accessOf(settings, token),
    namespace: settings.YB_NAMESPACE,
    timeoutMilliseconds: 10_000,
  });
}

function accessOf({ KUBECONFIG, YB_CLUSTER_ENDPOINT }: ClusterSettings, token: TokenSource): ClusterAccess {
  if (KUBECONFIG !== undefined) return { kind: 'kubeconfig', file: KUBECONFIG };
  if (YB_CLUSTER_ENDPOINT !== undefined) return { kind: 'google', endpoint: YB_CLUSTER_ENDPOINT, token };
  throw new YbError('bad-settings', 'settings: KUBECONFIG or YB_CLUSTER_ENDPOINT must be set');
}
