import { readFile } from 'node:fs/promises';
import {
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  NetworkingV1Api,
  StorageV1Api,
  makeInformer,
} from '@kubernetes/client-node';
import { parse } from 'yaml';
import { apiStatus } from '../../shared/kubernetes/errors.ts';

/** The parts of a cluster's API that setting it up takes. */
export interface Kube {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly batch: BatchV1Api;
  readonly storage: StorageV1Api;
  readonly networking: NetworkingV1Api;
}

export function openKube(file: string): Kube {
  const config = new KubeConfig();
  config.loadFromFile(file);
  return {
    config,
    core: config.makeApiClient(CoreV1Api),
    batch: config.makeApiClient(BatchV1Api),
    storage: config.makeApiClient(StorageV1Api),
    networking: config.makeApiClient(NetworkingV1Api),
  };
}

/** Makes an object, or leaves the one of its name that is there. */
export async function ensure(create: Promise<unknown>): Promise<void> {
  await create.catch(unless(409));
}

/** Removes an object, if it is there. */
export async function remove(deletion: Promise<unknown>): Promise<void> {
  await deletion.catch(unless(404));
}

function unless(status: number): (error: unknown) => void {
  return (error) => {
    if (apiStatus(error) !== status) throw error;
  };
}

/** Reads a manifest as it is deployed. */
export async function readManifest(file: string): Promise<unknown> {
  return parse(await readFile(file, 'utf8'));
}

/**
 * Tells of each object of a list as it is found and whenever it changes, until it is stopped. An object may be told of more
 * than once; after a lost connection the list is read again.
 */
export async function follow<Item extends KubernetesObject>(options: {
  readonly kube: Kube;
  readonly path: string;
  readonly list: () => Promise<KubernetesListObject<Item>>;
  readonly tell: (item: Item) => void;
}): Promise<() => Promise<void>> {
  const informer = makeInformer(options.kube.config, options.path, options.list);
  const state = { stopped: false };
  informer.on('add', options.tell);
  informer.on('update', options.tell);
  informer.on('error', () => {
    setTimeout(() => {
      if (!state.stopped) informer.start().catch(() => undefined);
    }, 1000).unref();
  });
  await informer.start();
  return async () => {
    state.stopped = true;
    await informer.stop();
  };
}
