import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { TokenSource } from '../google/token.ts';

/** How a cluster is reached. */
export type ClusterAccess =
  /** A kubeconfig file; its current context counts. */
  | { readonly kind: 'kubeconfig'; readonly file: string }
  /**
   * The DNS endpoint of a GKE control plane: a public name with a public certificate behind Google's own sign-in, so
   * neither a certificate authority nor a way into a private network is needed.
   */
  | { readonly kind: 'google'; readonly endpoint: string; readonly token: TokenSource };

const google = 'google';

/** Makes the client's configuration. The client is handed in: it is loaded late, see `client.ts`. */
export function kubeConfigFor(access: ClusterAccess, config: KubeConfig): KubeConfig {
  if (access.kind === 'kubeconfig') {
    config.loadFromFile(access.file);
    return config;
  }
  config.loadFromOptions({
    clusters: [{ name: google, server: `https://${access.endpoint.replace(/^https:\/\//, '')}` }],
    users: [{ name: google }],
    contexts: [{ name: google, cluster: google, user: google }],
    currentContext: google,
  });
  config.addAuthenticator({
    isAuthProvider: (user) => user.name === google,
    // Asked before each request: the token source keeps and renews the token.
    applyAuthentication: async (_user, request: RequestOptions) => {
      request.headers = { Authorization: `Bearer ${await access.token()}` };
    },
  });
  return config;
}
