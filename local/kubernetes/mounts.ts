import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../command.ts';
import type { Container, Pod, Secret, Volume } from './objects.ts';

/** Where a path of a container really is. */
export interface Mount {
  readonly from: string;
  readonly to: string;
}

/** Puts the real folder in place of the container's, if the value is a path below a mount; anything else stays. */
export function rewritePath(value: string, mounts: readonly Mount[]): string {
  const mount = mounts
    .filter(({ from }) => value === from || value.startsWith(`${from}/`))
    .toSorted((one, other) => other.from.length - one.from.length)[0];
  return mount === undefined ? value : mount.to + value.slice(mount.from.length);
}

export interface PodFolders {
  /** Of this Pod alone; it goes with the Pod. */
  readonly pod: string;
  /** Of a claim; it stays. */
  readonly claim: (name: string) => string;
}

/** The Secrets' values that a Pod mounts, or null as long as one is missing. */
export function secretsOf(
  pod: Pod,
  find: (name: string) => Secret | undefined,
): ReadonlyMap<string, SecretFiles> | null {
  const found = new Map<string, SecretFiles>();
  for (const { name, secret } of pod.spec.volumes ?? []) {
    if (secret === undefined) continue;
    const files = filesOf(secret, find(secret.secretName));
    if (files === null) return null;
    found.set(name, files);
  }
  return found;
}

/** Values in base64 by path. */
type SecretFiles = ReadonlyMap<string, string>;

function filesOf(volume: NonNullable<Volume['secret']>, secret: Secret | undefined): SecretFiles | null {
  const data = secret?.data ?? {};
  if (secret === undefined && volume.optional !== true) return null;
  const items = volume.items ?? Object.keys(data).map((key) => ({ key, path: key }));
  const files = new Map<string, string>();
  for (const { key, path } of items) {
    const value = data[key];
    if (value !== undefined) files.set(path, value);
    else if (volume.optional !== true) return null;
  }
  return files;
}

/** Makes a Pod's volumes. @returns their real folders by name */
export async function makeVolumes(
  pod: Pod,
  folders: PodFolders,
  secrets: ReadonlyMap<string, SecretFiles>,
): Promise<ReadonlyMap<string, string>> {
  const made = new Map<string, string>();
  for (const { name, persistentVolumeClaim } of pod.spec.volumes ?? []) {
    const folder =
      persistentVolumeClaim === undefined
        ? join(folders.pod, 'volumes', name)
        : folders.claim(persistentVolumeClaim.claimName);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const [path, value] of secrets.get(name) ?? []) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, Buffer.from(value, 'base64'), { mode: 0o400 });
    }
    made.set(name, folder);
  }
  return made;
}

/** Where a container's paths really are; a `subPath` that is not there is made. */
export async function mountsOf(
  container: Container,
  options: {
    readonly volumes: ReadonlyMap<string, string>;
    readonly image: Readonly<Record<string, string>>;
    readonly terminationFile: string;
  },
): Promise<readonly Mount[]> {
  const mounts: Mount[] = Object.entries(options.image).map(([from, to]) => ({ from, to }));
  for (const { name, mountPath, subPath } of container.volumeMounts ?? []) {
    const folder = join(options.volumes.get(name) ?? '', subPath ?? '');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    mounts.push({ from: mountPath.replace(/\/+$/, ''), to: folder });
  }
  mounts.push({ from: container.terminationMessagePath ?? '/dev/termination-log', to: options.terminationFile });
  return mounts;
}

/** Removes a folder with all that is in it, also what a build has made unwritable for itself. */
export async function removeFolder(folder: string): Promise<void> {
  const remove = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
  };
  await remove().catch(async () => {
    await chmod(folder, 0o700).catch(() => undefined);
    await run('chmod', ['-R', 'u+rwX', folder], { cwd: '/', env: { PATH: '/usr/bin:/bin' } }).catch(() => undefined);
    await remove();
  });
}
