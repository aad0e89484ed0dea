import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { kubeConfigFor } from '../../../shared/kubernetes/access.ts';
import { clusterOf } from '../../../shared/kubernetes/outside.ts';
import { namespace } from '../../support/local-cluster.ts';
import { connected } from './cluster-rig.ts';

describe('the way to a cluster', () => {
  it('is a kubeconfig where one is given', async () => {
    const { kubeconfig } = await connected();
    const cluster = clusterOf(
      { KUBECONFIG: kubeconfig, YB_CLUSTER_ENDPOINT: 'unused.gke.goog', YB_NAMESPACE: namespace },
      async () => await Promise.reject(new Error('no token is needed')),
    );

    expect(await cluster.readJob('none')).toBeNull();
  });

  it("is GKE's DNS endpoint else, with a Google token asked for each request and no certificate of its own", async () => {
    const tokens = ['one', 'two'];
    const access = {
      kind: 'google',
      endpoint: 'gke-0123.europe-west1.gke.goog',
      token: async () => await Promise.resolve(tokens.shift() ?? ''),
    } as const;
    const config = kubeConfigFor(access, new KubeConfig());

    expect(config.getCurrentCluster()).toMatchObject({ server: 'https://gke-0123.europe-west1.gke.goog' });
    expect(config.getCurrentCluster()?.skipTLSVerify ?? false).toBe(false);
    for (const token of ['one', 'two']) {
      const request = { headers: {} };
      await config.applyToHTTPSOptions(request);
      expect(request.headers).toEqual({ Authorization: `Bearer ${token}` });
    }
  });

  it('must be told', () => {
    const settings = { KUBECONFIG: undefined, YB_CLUSTER_ENDPOINT: undefined, YB_NAMESPACE: namespace };

    expect(() => clusterOf(settings, async () => await Promise.resolve(''))).toThrow(
      expect.objectContaining({ code: 'bad-settings' }),
    );
  });
});
