import type { V1Volume } from '@kubernetes/client-node';
import { secretKeyOf, secretKeys } from '../attempt/secret.ts';

const gibibyte = 1024 ** 3;
/** In `run` beside the log: the event file, copied test logs, the profile. */
const besideTheLog = 2 * gibibyte;

/** Where things are in each container that has them: Bazel keys on its paths, so that they never change. */
export const paths = {
  volume: '/volume',
  build: '/vol',
  run: '/run/yb',
  secrets: '/run/secrets/yb',
  shm: '/dev/shm',
  courierState: '/var/lib/yb',
  tmp: '/tmp',
  termination: '/dev/termination-log',
} as const;

/** What a Pod mounts, by name. */
export const volumes = {
  volume: 'volume',
  run: 'run',
  shm: 'shm',
  checkoutSecret: 'checkout-secret',
  courierSecret: 'courier-secret',
  buildSecret: 'build-secret',
  checkoutTmp: 'checkout-tmp',
  courierState: 'courier-state',
} as const;

/** The volumes of an attempt's Pod. Each container mounts those that it needs, and no others. */
export function podVolumes(options: {
  readonly diskName: string;
  readonly secretName: string;
  /** Names of the repository's own secrets that the build is given. */
  readonly secrets: readonly string[];
  readonly maxLogBytes: number;
  readonly shmBytes: number;
}): V1Volume[] {
  const { diskName, secretName, secrets, maxLogBytes, shmBytes } = options;
  const secret = (name: string, keys: readonly string[]): V1Volume => ({
    name,
    // The mode's group is the Pod's: each container mounts its own keys alone.
    secret: { secretName, defaultMode: 0o440, items: keys.map((key) => ({ key, path: key })) },
  });
  return [
    { name: volumes.volume, persistentVolumeClaim: { claimName: diskName } },
    { name: volumes.run, emptyDir: { sizeLimit: String(maxLogBytes + besideTheLog) } },
    { name: volumes.shm, emptyDir: { medium: 'Memory', sizeLimit: String(shmBytes) } },
    secret(volumes.checkoutSecret, [secretKeys.token]),
    secret(volumes.courierSecret, [secretKeys.upload, secretKeys.mask]),
    // Without items a mount would hold every key.
    ...(secrets.length === 0 ? [] : [buildSecret(secretName, secrets)]),
    { name: volumes.checkoutTmp, emptyDir: { sizeLimit: String(gibibyte) } },
    { name: volumes.courierState, emptyDir: { sizeLimit: String(maxLogBytes + gibibyte) } },
  ];
}

/** Not optional: the kubelet shall wait for it, not start a build that lacks its secrets. */
function buildSecret(secretName: string, names: readonly string[]): V1Volume {
  const items = names.map((name) => ({ key: secretKeyOf(name), path: name }));
  return { name: volumes.buildSecret, secret: { secretName, defaultMode: 0o440, items } };
}
