import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorCode } from '../../../shared/errors.ts';
import type { Cluster } from '../../../shared/outside/cluster.ts';
import { createCluster } from '../../../shared/kubernetes/cluster.ts';
import { startServer } from '../../support/http-server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { at, connected, job } from './cluster-rig.ts';

/** A kubeconfig that leads to a server which answers everything so. */
async function brokenCluster(status: number | null, body: unknown = {}): Promise<Cluster> {
  const server = await startServer((_request, response) => {
    if (status === null) return;
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  onTestFinished(async () => {
    await server.stop();
  });
  const file = join(temporaryFolder(), 'kubeconfig');
  writeFileSync(
    file,
    JSON.stringify({
      'current-context': 'x',
      clusters: [{ name: 'x', cluster: { server: `http://${server.host}`, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'x', user: { token: 't' } }],
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    }),
  );
  return at(file, status === null ? 300 : 30_000);
}

describe("a cluster's failure", () => {
  it.each([
    [400, 'kubernetes-refused'],
    [401, 'kubernetes-forbidden'],
    [403, 'kubernetes-forbidden'],
    [404, 'kubernetes-forbidden'],
    [409, 'kubernetes-unavailable'],
    [410, 'kubernetes-unavailable'],
    [413, 'kubernetes-refused'],
    [422, 'kubernetes-refused'],
    [429, 'kubernetes-unavailable'],
    [500, 'kubernetes-unavailable'],
    [503, 'kubernetes-unavailable'],
  ])('with %i is one of ours: %s', async (status, code) => {
    const cluster = await brokenCluster(status, { kind: 'Status', code: status });
    const thrown = await cluster.readPod('u').catch((error: unknown) => error);

    expect(errorCode(thrown)).toBe(code);
  });

  it('never has a number for a code: Firestore would take a 409 for contention', async () => {
    const cluster = await brokenCluster(409, { kind: 'Status', code: 409 });
    const thrown = await cluster.createJob(job('a')).catch((error: unknown) => error);

    expect(thrown).toMatchObject({ code: 'kubernetes-unavailable', retryable: true });
  });

  it('is a missing namespace where something is to be made, and that can be put right', async () => {
    const { kubeconfig } = await connected();
    const access = { kind: 'kubeconfig', file: kubeconfig } as const;
    const elsewhere = createCluster({ access, namespace: 'none', timeoutMilliseconds: 30_000 });

    await expect(elsewhere.createJob(job('a'))).rejects.toMatchObject({
      code: 'kubernetes-forbidden',
      retryable: true,
    });
  });

  it.each([
    [403, 'jobs.batch "a" is forbidden: exceeded quota: builds', 'kubernetes-forbidden'],
    [422, 'Job.batch "a" is invalid: spec.template.spec.containers: Required value', 'kubernetes-refused'],
  ])('with %i is told in its own words: %s', async (status, message, code) => {
    const cluster = await brokenCluster(status, { kind: 'Status', code: status, message });

    await expect(cluster.createJob(job('a'))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('is to refuse an object that is wrong, for good', async () => {
    const { cluster } = await connected();
    const wrong = { ...job('a'), name: 'Not_A_Name' };

    await expect(cluster.createJob(wrong)).rejects.toMatchObject({ code: 'kubernetes-refused', retryable: false });
  });

  it('is not to answer in time, or not to be there', async () => {
    const silent = await brokenCluster(null);
    await expect(silent.readJob('a')).rejects.toMatchObject({ code: 'kubernetes-unavailable' });

    const { cluster, local } = await connected();
    await local.stop();
    await expect(cluster.readJob('a')).rejects.toMatchObject({ code: 'kubernetes-unavailable' });
  });

  it('is to answer what is no Job', async () => {
    const cluster = await brokenCluster(200, { kind: 'Job' });

    await expect(cluster.readJob('a')).rejects.toMatchObject({ code: 'malformed-document' });
  });
});
