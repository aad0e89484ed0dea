import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorCode } from '../../../shared/errors.ts';
import { kubeConfigFor } from '../../../shared/kubernetes/access.ts';
import { type Cluster, createCluster } from '../../../shared/kubernetes/cluster.ts';
import { clusterFromSettings } from '../../../shared/kubernetes/from-settings.ts';
import { type JobSettings, claimFor, jobFor, jobName, secretFor } from '../../../shared/kubernetes/job-spec.ts';
import { withTally } from '../../../shared/tally.ts';
import { startServer } from '../../support/http-server.ts';
import { type LocalCluster, namespace, startLocalCluster } from '../../support/local-cluster.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const patience = { timeout: 30_000, interval: 50 };
const settings: JobSettings = {
  namespace,
  runnerImage: 'runner',
  buildImage: 'build',
  deadlineSeconds: 600,
  graceSeconds: 10,
  resources: { cpu: '1', memory: '1Gi' },
  shmBytes: 1024 ** 2,
  maxLogBytes: 1024 ** 2,
  runtimeClassName: null,
  allowInsecure: true,
  bazel: { targets: ['//...'], flags: [], flakyAttempts: 1, diskCacheBytes: 0 },
};

/** Programs that do in a few lines what the real ones leave behind. */
const programs = {
  'courier.mjs': `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000);`,
  'checkout.mjs': `
    import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
    const { YB_RUN_DIR, YB_VOLUME_DIR, YB_SECRET_DIR, YB_TERMINATION_FILE } = process.env;
    mkdirSync(YB_VOLUME_DIR + '/build', { recursive: true });
    mkdirSync(YB_RUN_DIR + '/bin', { recursive: true });
    const token = readFileSync(YB_SECRET_DIR + '/token', 'utf8');
    writeFileSync(YB_TERMINATION_FILE, JSON.stringify({ code: 0, message: 'token of ' + token.length }));
    writeFileSync(YB_RUN_DIR + '/bin/build.sh', token === 'wait' ? 'while :; do sleep 0.05; done' : 'exit 3');
  `,
};

interface Connected {
  readonly cluster: Cluster;
  readonly local: LocalCluster;
  readonly kubeconfig: string;
}

async function connected(): Promise<Connected> {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, name), text);
  const local = await startLocalCluster({ folder, images: { runner: { mounts: { '/app': folder } }, build: {} } });
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, local.kubeconfig);
  return { local, kubeconfig, cluster: at(kubeconfig) };
}

function at(file: string, timeoutMilliseconds = 30_000): Cluster {
  return createCluster({ access: { kind: 'kubeconfig', file }, namespace, timeoutMilliseconds });
}

function job(id: string) {
  const run = { id, attempt: 1, repoId: '7', ref: 'refs/heads/main', sha: 'a'.repeat(40) };
  const repository = { fullName: 'a/b', cloneUrl: 'http://127.0.0.1:1/a/b.git', defaultBranch: 'main' };
  return jobFor({ name: jobName(run), run, repository, epoch: 1, claimName: 'vol-7-0', settings });
}

/** A Job under another name, without our labels. */
function named(name: string) {
  const { spec } = job('a');
  return { metadata: { name }, ...(spec === undefined ? {} : { spec }) };
}

async function start({ cluster }: Connected, id: string, token: string) {
  const made = await cluster.createJob(job(id));
  const secret = secretFor({ job: made, namespace, token, upload: { v: 1 }, mask: [] });
  const claim = claimFor({ name: 'vol-7-0', namespace, storageClass: null, sizeGiB: 1 });
  await Promise.all([cluster.ensureSecret(secret), cluster.ensureClaim(claim)]);
  return { ...made, claim };
}

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

describe('a cluster', () => {
  it('runs the Job of an attempt to its end, and tells how each container ended', async () => {
    const world = await connected();
    const made = await start(world, 'first', 'sesame');
    await expect.poll(async () => (await world.cluster.readJob(made.name))?.terminal, patience).toBe('Failed');

    expect(made).toMatchObject({ name: 'run-first-1', created: true });
    expect(await world.cluster.readJob(made.name)).toMatchObject({
      uid: made.uid,
      active: 0,
      reason: 'BackoffLimitExceeded',
      activeDeadlineSeconds: 600,
      startTime: expect.any(Date),
    });
    expect(await world.cluster.readPod(made.uid)).toMatchObject({
      phase: 'Failed',
      scheduled: true,
      containers: {
        courier: { state: 'terminated', exitCode: 0 },
        checkout: { exitCode: 0, message: '{"code":0,"message":"token of 6"}' },
        build: { state: 'terminated', exitCode: 3, reason: 'Error', restartCount: 0 },
      },
    });
  });

  it('makes a Job once: the second time it is met as it is', async () => {
    const { cluster } = await connected();
    const first = await cluster.createJob(job('once'));
    const second = await cluster.createJob(job('once'));

    expect(second).toEqual({ ...first, created: false });
  });

  it('leaves a Secret and a claim that are there as they are', async () => {
    const world = await connected();
    const { claim, ...made } = await start(world, 'twice', 'sesame');

    await world.cluster.ensureSecret(secretFor({ job: made, namespace, token: 'another', upload: {}, mask: [] }));
    await world.cluster.ensureClaim(claim);

    const kept = await world.local.send('GET', `/api/v1/namespaces/${namespace}/secrets/${made.name}`);
    expect(kept.body).toMatchObject({ data: { token: btoa('sesame') } });
  });

  it('ends a Job in an orderly way, with an event', async () => {
    const world = await connected();
    const made = await start(world, 'cancel', 'wait');
    await expect.poll(async () => (await world.cluster.readPod(made.uid))?.phase, patience).toBe('Running');

    await world.cluster.expireJob(made.name);

    await expect.poll(async () => (await world.cluster.readJob(made.name))?.reason, patience).toBe('DeadlineExceeded');
    expect(await world.cluster.readPod(made.uid)).toBeNull();
    expect(world.local.events.map(({ reason }) => reason)).toEqual(['DeadlineExceeded']);
    await world.cluster.expireJob(made.name);
  });

  it('deletes a Job with its Pod and its Secret, without a word', async () => {
    const world = await connected();
    const made = await start(world, 'delete', 'wait');
    await expect.poll(async () => (await world.cluster.readPod(made.uid))?.phase, patience).toBe('Running');

    await world.cluster.deleteJob(made.name);

    expect(await world.cluster.readJob(made.name)).toBeNull();
    await expect.poll(async () => await world.cluster.readPod(made.uid), patience).toBeNull();
    const secret = await world.local.send('GET', `/api/v1/namespaces/${namespace}/secrets/${made.name}`);
    expect(secret.status).toBe(404);
    expect(world.local.events).toEqual([]);
  });

  it('has nothing to say about what is not there', async () => {
    const { cluster } = await connected();

    expect(await cluster.readJob('none')).toBeNull();
    expect(await cluster.readPod('none')).toBeNull();
    await cluster.expireJob('none');
    await cluster.deleteJob('none');
  });

  it('lists the Jobs that this system made, page by page', async () => {
    const { cluster, local } = await connected();
    for (const id of ['a', 'b', 'c']) await cluster.createJob(job(id));
    await local.create('jobs', named('foreign'));

    const first = await cluster.listJobs({ limit: 2 });
    const second = await cluster.listJobs({ limit: 2, continue: first.continue ?? '' });

    expect(first.jobs.map(({ name }) => name)).toEqual(['run-a-1', 'run-b-1']);
    expect(first.jobs[0]?.labels).toMatchObject({ 'yb/run': 'a', 'yb/attempt': '1', 'yb/repo': '7' });
    expect(second.jobs.map(({ name }) => name)).toEqual(['run-c-1']);
    expect(second.continue).toBeNull();
  });

  it('counts its calls in the unit of work that makes them', async () => {
    const { cluster } = await connected();

    await withTally(async (tally) => {
      await cluster.readJob('none');
      await cluster.createJob(job('counted'));
      expect(tally.calls).toEqual({ kubernetes: 2 });
    });
  });
});

describe("a cluster's failure", () => {
  it.each([
    [400, 'kubernetes-refused'],
    [401, 'kubernetes-unavailable'],
    [403, 'kubernetes-unavailable'],
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

    await expect(elsewhere.createJob(job('a'))).rejects.toMatchObject({ code: 'kubernetes-unavailable' });
  });

  it('is to refuse an object that is wrong, for good', async () => {
    const { cluster } = await connected();
    const wrong = named('Not_A_Name');

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

describe('the way to a cluster', () => {
  it('is a kubeconfig where one is given', async () => {
    const { kubeconfig } = await connected();
    const cluster = clusterFromSettings(
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

    expect(() => clusterFromSettings(settings, async () => await Promise.resolve(''))).toThrow(
      expect.objectContaining({ code: 'bad-settings' }),
    );
  });
});
