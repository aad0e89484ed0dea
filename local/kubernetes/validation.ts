import type * as z from 'zod';
import type { Container, JobSpec, PodSpec } from './objects.ts';

export interface Cause {
  readonly field: string;
  readonly message: string;
}

type Labels = Readonly<Record<string, string>>;

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const labelName = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export function nameCauses(name: string, field = 'metadata.name', limit = 253): readonly Cause[] {
  return [
    ...(subdomain.test(name)
      ? []
      : [{ field, message: `Invalid value: "${name}": must be a lowercase RFC 1123 subdomain` }]),
    ...(name.length <= limit
      ? []
      : [{ field, message: `Invalid value: "${name}": must be no more than ${limit} characters` }]),
  ];
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
export function labelCauses(labels: Labels, field: string): readonly Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const [name = '', prefix] = key.split('/').toReversed();
    const validKey =
      key.split('/').length <= 2 &&
      name.length <= 63 &&
      labelName.test(name) &&
      (prefix === undefined || (prefix.length <= 253 && subdomain.test(prefix)));
    const validValue = value.length <= 63 && labelValue.test(value);
    return [
      ...(validKey ? [] : [{ field, message: `Invalid value: "${key}": a qualified name is needed` }]),
      ...(validValue ? [] : [{ field, message: `Invalid value: "${value}": a valid label is needed` }]),
    ];
  });
}

/** What the API would refuse, and what this cluster cannot do. */
export function jobCauses(spec: z.output<typeof JobSpec>): readonly Cause[] {
  const labels = spec.template.metadata?.labels ?? {};
  return [
    ...only(spec, 'spec', { backoffLimit: [0], parallelism: [1, undefined], completions: [1, undefined] }),
    ...only(spec, 'spec', { completionMode: ['NonIndexed', undefined], suspend: [false, undefined] }),
    ...only(spec, 'spec', { manualSelector: [false, undefined], selector: [undefined] }),
    ...labelCauses(labels, 'spec.template.labels'),
    ...podCauses(spec.template.spec, 'spec.template.spec'),
  ];
}

function only(
  object: Readonly<Record<string, unknown>>,
  field: string,
  allowed: Readonly<Record<string, readonly unknown[]>>,
): readonly Cause[] {
  return Object.entries(allowed).flatMap(([name, values]) => {
    const value = object[name];
    if (values.includes(value)) return [];
    const known = values.flatMap((one) => (one === undefined ? [] : [JSON.stringify(one)])).join(', ') || 'none';
    return [
      {
        field: `${field}.${name}`,
        message: `not supported by the local cluster: ${JSON.stringify(value)}, only ${known}`,
      },
    ];
  });
}

function podCauses(spec: PodSpec, field: string): readonly Cause[] {
  const volumes = spec.volumes ?? [];
  const containers = [
    ...(spec.initContainers ?? []).map((container, index) => ({ container, at: `${field}.initContainers[${index}]` })),
    ...spec.containers.map((container, index) => ({ container, at: `${field}.containers[${index}]` })),
  ];
  return [
    ...duplicates(volumes, `${field}.volumes`),
    ...duplicates(
      containers.map(({ container }) => container),
      `${field}.containers`,
    ),
    ...volumes.flatMap(({ name, emptyDir, persistentVolumeClaim, secret }, index) =>
      [emptyDir, persistentVolumeClaim, secret].filter((source) => source !== undefined).length === 1
        ? []
        : [{ field: `${field}.volumes[${index}]`, message: `${name}: only emptyDir, persistentVolumeClaim or secret` }],
    ),
    ...spec.containers.flatMap(({ restartPolicy }, index) =>
      restartPolicy === undefined
        ? []
        : [
            {
              field: `${field}.containers[${index}].restartPolicy`,
              message: 'Forbidden: may not be set for non-init containers',
            },
          ],
    ),
    ...containers.flatMap(({ container, at }) =>
      containerCauses(container, at, new Set(volumes.map(({ name }) => name))),
    ),
  ];
}

function duplicates(named: readonly { readonly name: string }[], field: string): readonly Cause[] {
  const seen = new Set<string>();
  return named.flatMap(({ name }, index) => {
    const at = `${field}[${index}].name`;
    const again = seen.has(name);
    seen.add(name);
    if (again) return [{ field: at, message: `Duplicate value: "${name}"` }];
    const valid = label.test(name) && name.length <= 63;
    return valid ? [] : [{ field: at, message: `Invalid value: "${name}": must be a lowercase RFC 1123 label` }];
  });
}

/** What a process on this machine has no counterpart for. */
const unsupported = ['startupProbe', 'livenessProbe', 'readinessProbe', 'lifecycle', 'envFrom'] as const;

function containerCauses(container: Container, field: string, volumes: ReadonlySet<string>): readonly Cause[] {
  return [
    ...unsupported.flatMap((name) =>
      container[name] === undefined
        ? []
        : [{ field: `${field}.${name}`, message: 'not supported by the local cluster' }],
    ),
    ...(container.env ?? []).flatMap(({ name, valueFrom }, index) =>
      valueFrom === undefined
        ? []
        : [{ field: `${field}.env[${index}].valueFrom`, message: `${name}: not supported by the local cluster` }],
    ),
    ...(container.volumeMounts ?? []).flatMap(({ name, mountPath, subPath = '' }, index) => {
      const at = `${field}.volumeMounts[${index}]`;
      return [
        ...(volumes.has(name) ? [] : [{ field: `${at}.name`, message: `Not found: "${name}"` }]),
        ...(mountPath.startsWith('/') ? [] : [{ field: `${at}.mountPath`, message: `Invalid value: "${mountPath}"` }]),
        ...(subPath.startsWith('/') || subPath.split('/').includes('..')
          ? [{ field: `${at}.subPath`, message: "must be a relative path that does not contain '..'" }]
          : []),
      ];
    }),
  ];
}
