import type { PlaceSettings } from '../outside/cluster.ts';
import type { V1Container, V1EnvVar, V1PodSpec, V1SecurityContext } from '@kubernetes/client-node';
import type { ContainerVariables } from '../attempt/environment.ts';
import { paths } from './pod-volumes.ts';

export const uids = { runner: 1000, courier: 1001 } as const;
/** Shared by all containers, so that the courier can read what the others write. */
const group = 1000;

/** An annotation: a node is not taken away under a Pod in order to save one. */
export const staysOnItsNode = { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } as const;

/** What all Pods have in common, under Pod Security *restricted*. */
export function podBase(settings: PlaceSettings, graceSeconds: number): Omit<V1PodSpec, 'containers'> {
  return {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: graceSeconds,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(settings.serviceAccountName === undefined ? {} : { serviceAccountName: settings.serviceAccountName }),
    ...(settings.runtimeClassName === null ? {} : { runtimeClassName: settings.runtimeClassName }),
    ...(settings.nodeSelector === undefined ? {} : { nodeSelector: { ...settings.nodeSelector } }),
    ...(settings.tolerations === undefined ? {} : { tolerations: [...settings.tolerations] }),
    securityContext: {
      runAsNonRoot: true,
      fsGroup: group,
      // A volume has half a million files: their owners are not set again at each mount.
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

export function container(
  settings: PlaceSettings,
  image: string,
): Pick<V1Container, 'image' | 'imagePullPolicy' | 'terminationMessagePolicy'> {
  return {
    image,
    ...(settings.imagePullPolicy === undefined ? {} : { imagePullPolicy: settings.imagePullPolicy }),
    // Never a piece of the log in place of a message: a log may hold what nobody has masked yet.
    terminationMessagePolicy: 'File',
  };
}

/** Of one container: its program's variables, and where the kubelet finds its last words. */
export function environment<Variables extends ContainerVariables>(
  values: Omit<Variables, 'YB_TERMINATION_FILE'>,
): V1EnvVar[] {
  const all: Readonly<Record<string, unknown>> = { ...values, YB_TERMINATION_FILE: paths.termination };
  return Object.entries(all).flatMap(([name, value]) => (typeof value === 'string' ? [{ name, value }] : []));
}

export function security(options: { readonly uid: number; readonly readOnlyRoot: boolean }): V1SecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: options.uid,
    runAsGroup: options.uid,
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: options.readOnlyRoot,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
}
