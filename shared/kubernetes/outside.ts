import { YbError } from '../errors.ts';
import type { TokenSource } from '../google/token.ts';
import type { Cluster } from '../outside/cluster.ts';
import type { ClusterAccess } from './access.ts';
import { createCluster } from './cluster.ts';

interface ClusterSettings {
  readonly KUBECONFIG?: string | undefined;
  readonly YB_CLUSTER_ENDPOINT?: string | undefined;
  readonly YB_NAMESPACE: string;
}

const timeoutMilliseconds = 10_000;

/** The cluster of a function: a kubeconfig where one is given, else GKE with the function's own identity. */
export function clusterOf(settings: ClusterSettings, token: TokenSource): Cluster {
  return createCluster({ access: accessOf(settings, token), namespace: settings.YB_NAMESPACE, timeoutMilliseconds });
}

function accessOf({ KUBECONFIG, YB_CLUSTER_ENDPOINT }: ClusterSettings, token: TokenSource): ClusterAccess {
  if (KUBECONFIG !== undefined) return { kind: 'kubeconfig', file: KUBECONFIG };
  if (YB_CLUSTER_ENDPOINT !== undefined) return { kind: 'google', endpoint: YB_CLUSTER_ENDPOINT, token };
  throw new YbError('bad-settings', 'settings: KUBECONFIG or YB_CLUSTER_ENDPOINT must be set');
}
