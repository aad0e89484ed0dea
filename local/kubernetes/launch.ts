import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createTail } from '../processes.ts';
import type { Launch } from './container.ts';
import { mountsOf, rewritePath } from './mounts.ts';
import { type Container, type Pod, isSidecar } from './objects.ts';

/** What an image is on this machine. */
export interface Image {
  /** Real folders by their path in the image. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** Real folders that stand first on the PATH. */
  readonly path?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What containers printed lately, by name. */
export type ContainerLogs = Map<string, ReturnType<typeof createTail>>;

export interface LaunchOptions {
  readonly pod: Pod;
  readonly images: Readonly<Record<string, Image>>;
  /** Of every container, behind its image's own. */
  readonly searchPath: string;
  /** Of this Pod alone. */
  readonly folder: string;
  /** The real folders of its volumes by name. */
  readonly volumes: ReadonlyMap<string, string>;
  /** Names of volumes that no other Pod has mounted. */
  readonly exclusive: ReadonlySet<string>;
  readonly logs: ContainerLogs;
}

const logBytes = 64 * 1024;

/**
 * How a container becomes a process of this machine: the same command and environment, with the real folders in place of
 * the container's paths. Null if its image is not there.
 */
export async function launchOf(container: Container, options: LaunchOptions): Promise<Launch | null> {
  const { pod, folder, volumes } = options;
  const image = options.images[container.image];
  if (image === undefined) return null;
  const terminationFile = join(folder, 'termination', container.name);
  const home = join(folder, 'home', container.name);
  await Promise.all([mkdir(dirname(terminationFile), { recursive: true }), mkdir(home, { recursive: true })]);
  const mounts = await mountsOf(container, { volumes, image: image.mounts ?? {}, terminationFile });
  const real = (value: string): string => rewritePath(value, mounts);
  const [command = 'true', ...args] = [...container.command, ...(container.args ?? [])].map(real);
  const marker = `${pod.metadata.uid}/${container.name}`;
  const tail = createTail(logBytes);
  options.logs.set(container.name, tail);
  return {
    command,
    args,
    env: {
      PATH: [...(image.path ?? []), dirname(process.execPath), options.searchPath].join(':'),
      HOME: home,
      ...image.env,
      ...Object.fromEntries((container.env ?? []).map(({ name, value = '' }) => [name, real(value)])),
      YB_POD_UID: pod.metadata.uid,
      YB_POD_CONTAINER: marker,
    },
    cwd: container.workingDir === undefined ? home : real(container.workingDir),
    terminationFile,
    traces: [`YB_POD_CONTAINER=${marker}`, ...ownVolumes(container, options).map((name) => trace(volumes, name))],
    output: tail.add,
  };
}

/** Volumes in which, while it runs, this container alone works: whoever works there is of this container. */
function ownVolumes(container: Container, { pod, exclusive }: LaunchOptions): readonly string[] {
  const besides = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)].filter(
    ({ name }) => name !== container.name,
  );
  const isInit = !pod.spec.containers.includes(container);
  const others = isInit ? besides.filter((other) => !pod.spec.containers.includes(other)) : besides;
  const mounted = (by: Container, name: string): boolean =>
    by.volumeMounts?.some((mount) => mount.name === name) === true;
  return [...exclusive].filter((name) => mounted(container, name) && !others.some((other) => mounted(other, name)));
}

function trace(volumes: ReadonlyMap<string, string>, name: string): string {
  return join(volumes.get(name) ?? name, '/');
}
