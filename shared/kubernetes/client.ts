import type { BatchV1Api, ConfigurationOptions, CoreV1Api, Middleware } from '@kubernetes/client-node';
import { YbError } from '../errors.ts';
import { count } from '../tally.ts';
import { type ClusterAccess, kubeConfigFor } from './access.ts';
import { apiStatus, kubernetesError } from './errors.ts';

export interface Client {
  readonly batch: BatchV1Api;
  readonly core: CoreV1Api;
  /** Options of a call whose body is a JSON merge patch (RFC 7396): the client would send a JSON patch. */
  readonly mergePatch: ConfigurationOptions;
}

/** Makes one call to the cluster. */
export interface ClientCalls {
  /** @throws YbError `kubernetes-unavailable` or `kubernetes-refused` */
  call<Result>(doing: string, work: (client: Client) => Promise<Result>): Promise<Result>;
  /** The same, but an answer with this HTTP status is null instead. */
  callUnless<Result>(status: number, doing: string, work: (client: Client) => Promise<Result>): Promise<Result | null>;
}

/**
 * The client library, made at the first call and not at start: it is by far the largest part of a function that holds
 * it, and a message that has nothing to do with the cluster should not pay for it.
 */
export function createClientCalls(options: {
  readonly access: ClusterAccess;
  readonly timeoutMilliseconds: number;
}): ClientCalls {
  const made: { client?: Promise<Client> } = {};
  const attempt = async <Result>(work: (client: Client) => Promise<Result>): Promise<Result> => {
    made.client ??= makeClient(options);
    count('kubernetes');
    return await work(await made.client);
  };
  return {
    async call(doing, work) {
      try {
        return await attempt(work);
      } catch (error) {
        throw kubernetesError(error, doing);
      }
    },
    async callUnless(status, doing, work) {
      try {
        return await attempt(work);
      } catch (error) {
        if (apiStatus(error) === status) return null;
        throw kubernetesError(error, doing);
      }
    },
  };
}

async function makeClient(options: {
  readonly access: ClusterAccess;
  readonly timeoutMilliseconds: number;
}): Promise<Client> {
  const library = await import('@kubernetes/client-node');
  const kubeConfig = kubeConfigFor(options.access, new library.KubeConfig());
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) throw new YbError('bad-settings', 'the kubeconfig names no cluster in its current context');
  const timeout: Middleware = {
    pre: async (request) => {
      request.setSignal(AbortSignal.timeout(options.timeoutMilliseconds));
      return await Promise.resolve(request);
    },
    post: async (response) => await Promise.resolve(response),
  };
  const configuration = library.createConfiguration({
    baseServer: new library.ServerConfiguration(cluster.server, {}),
    authMethods: { default: kubeConfig },
    promiseMiddleware: [timeout],
  });
  return {
    batch: new library.BatchV1Api(configuration),
    core: new library.CoreV1Api(configuration),
    mergePatch: library.setHeaderOptions('Content-Type', library.PatchStrategy.MergePatch),
  };
}
