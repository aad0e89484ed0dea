import type { V1Container, V1PodSpec } from '@kubernetes/client-node';

/**
 * What the level *restricted* of the Pod Security Standards forbids
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted); empty if the Pod would be admitted.
 */
export function restrictedProblems(spec: V1PodSpec | undefined): string[] {
  if (spec === undefined) return ['no Pod'];
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  return [
    ...(spec.hostNetwork === true || spec.hostPID === true || spec.hostIPC === true ? ['host namespaces'] : []),
    ...(spec.volumes ?? []).flatMap((volume) => {
      const kinds = Object.keys(volume).filter((key) => key !== 'name');
      const allowed = [
        'configMap',
        'csi',
        'downwardAPI',
        'emptyDir',
        'ephemeral',
        'persistentVolumeClaim',
        'projected',
        'secret',
      ];
      return kinds.filter((kind) => !allowed.includes(kind)).map((kind) => `volume ${volume.name}: ${kind}`);
    }),
    ...containers.flatMap((container) => containerProblems(spec, container)),
  ];
}

function containerProblems(spec: V1PodSpec, { name, securityContext = {}, ports = [] }: V1Container): string[] {
  const of = { ...named(spec.securityContext), ...named(securityContext) };
  const seccomp = securityContext.seccompProfile?.type ?? spec.securityContext?.seccompProfile?.type ?? '';
  const { add = [], drop = [] } = securityContext.capabilities ?? {};
  const rules: readonly (readonly [string, boolean])[] = [
    ['privileged', securityContext.privileged !== true],
    ['allowPrivilegeEscalation', securityContext.allowPrivilegeEscalation === false],
    ['runAsNonRoot', of.runAsNonRoot === true],
    ['runAsUser', of.runAsUser !== 0],
    ['seccompProfile', ['RuntimeDefault', 'Localhost'].includes(seccomp)],
    ['capabilities.drop', drop.includes('ALL')],
    ['capabilities.add', add.every((one) => one === 'NET_BIND_SERVICE')],
    ['hostPort', ports.every(({ hostPort }) => hostPort === undefined)],
  ];
  return rules.filter(([, kept]) => !kept).map(([rule]) => `${name}: ${rule}`);
}

function named(context: { readonly runAsNonRoot?: boolean; readonly runAsUser?: number } = {}) {
  const { runAsNonRoot, runAsUser } = context;
  return { ...(runAsNonRoot === undefined ? {} : { runAsNonRoot }), ...(runAsUser === undefined ? {} : { runAsUser }) };
}
