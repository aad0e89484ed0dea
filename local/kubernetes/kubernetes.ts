import { randomBytes } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import type { Clock } from '../../shared/outside/clock.ts';
import { systemClock } from '../../shared/clock.ts';
import { environment } from '../../shared/config.ts';
import { createApi } from './api.ts';
import { createClaims } from './claims.ts';
import { createRecorder } from './events.ts';
import { createJobController } from './job-controller.ts';
import type { Image } from './launch.ts';
import { startNode } from './node.ts';
import type { Event } from './objects.ts';
import { createStore } from './store.ts';

export interface KubernetesOptions {
  /** Holds the objects, and the data of claims under `volumes/`; both are there at the next start. */
  readonly stateDir: string;
  /** What images are on this machine, by name. A Pod with another one waits for it in vain, as in a cluster. */
  readonly images: Readonly<Record<string, Image>>;
  /** Told of the end of each Job, after its status says so; what a log sink for such events would let through. */
  readonly onEvent?: (event: Event) => void | Promise<void>;
  /** The one namespace that is there. */
  readonly namespace?: string;
  /** The PATH of containers, behind their image's own folders; by default this process's. */
  readonly searchPath?: string;
  readonly clock?: Clock;
}

export interface LocalKubernetes {
  readonly url: string;
  /** The text of a kubeconfig file that leads here. */
  readonly kubeconfig: string;
  /** Ends all containers, with 2 s for each to end by itself. Their Jobs are found failed at the next start. */
  stop(): Promise<void>;
}

/**
 * A Kubernetes API on loopback whose one node runs containers as processes of this machine, as the user who starts it:
 * without isolation, limits or images. Objects, conditions and events are a cluster's.
 */
export async function startKubernetes(options: KubernetesOptions): Promise<LocalKubernetes> {
  const { namespace = 'builds', clock = systemClock } = options;
  await mkdir(options.stateDir, { recursive: true, mode: 0o700 });
  // Real: processes name their folders by real paths, and are found by them.
  const stateDir = await realpath(options.stateDir);
  const store = createStore(join(stateDir, 'objects.json'));
  const recorder = createRecorder({
    store,
    clock,
    onJobEnd: (event) => {
      // What the listener makes of it is no concern of the cluster.
      void (async () => {
        await options.onEvent?.(event);
      })().catch(() => undefined);
    },
  });
  const node = await startNode({
    store,
    clock,
    recorder,
    stateDir,
    images: options.images,
    searchPath: options.searchPath ?? environment()['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  });
  const controller = createJobController({ store, recorder, clock });
  const claims = createClaims({ store, stateDir });
  const token = randomBytes(24).toString('base64url');
  const app = createApi({ store, claims, clock, namespace, token, log: node.log });
  const { server, port } = await listen(app.fetch);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    kubeconfig: kubeconfigOf({ url, token, namespace }),
    async stop() {
      controller.stop();
      await node.stop();
      await claims.stop();
      await server();
      store.flush();
    },
  };
}

async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
): Promise<{ readonly port: number; readonly server: () => Promise<void> }> {
  return await new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) => {
      resolve({
        port,
        server: async () => {
          await new Promise<void>((ended) => {
            server.close(() => {
              ended();
            });
            if ('closeAllConnections' in server) server.closeAllConnections();
          });
        },
      });
    });
    server.once('error', reject);
  });
}

function kubeconfigOf(at: { readonly url: string; readonly token: string; readonly namespace: string }): string {
  return `apiVersion: v1
kind: Config
current-context: local
clusters:
  - name: local
    cluster:
      server: ${at.url}
      # Plain http on loopback: there is no certificate to verify, and clients want to be told so.
      insecure-skip-tls-verify: true
users:
  - name: local
    user:
      token: ${at.token}
contexts:
  - name: local
    context:
      cluster: local
      user: local
      namespace: ${at.namespace}
`;
}
