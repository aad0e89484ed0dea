import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, createCluster } from '../../../shared/kubernetes/cluster.ts';
import { type JobSettings, claimFor, jobFor, jobName, secretFor } from '../../../shared/kubernetes/job-spec.ts';
import { type LocalCluster, namespace, startLocalCluster } from '../../support/local-cluster.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export const patience = { timeout: 30_000, interval: 50 };
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
    import * as host from 'node:process';
    const { YB_RUN_DIR, YB_VOLUME_DIR, YB_SECRET_DIR, YB_TERMINATION_FILE } = host.env;
    mkdirSync(YB_VOLUME_DIR + '/build', { recursive: true });
    mkdirSync(YB_RUN_DIR + '/bin', { recursive: true });
    const token = readFileSync(YB_SECRET_DIR + '/token', 'utf8');
    writeFileSync(YB_TERMINATION_FILE, JSON.stringify({ code: 0, message: 'token of ' + token.length }));
    writeFileSync(YB_RUN_DIR + '/bin/build.sh', token === 'wait' ? 'while :; do sleep 0.05; done' : 'exit 3');
  `,
};

export interface Connected {
  readonly cluster: Cluster;
  readonly local: LocalCluster;
  readonly kubeconfig: string;
}

export async function connected(): Promise<Connected> {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, name), text);
  const local = await startLocalCluster({ folder, images: { runner: { mounts: { '/app': folder } }, build: {} } });
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, local.kubeconfig);
  return { local, kubeconfig, cluster: at(kubeconfig) };
}

export function at(file: string, timeoutMilliseconds = 30_000): Cluster {
  return createCluster({ access: { kind: 'kubeconfig', file }, namespace, timeoutMilliseconds });
}

export function job(id: string) {
  const run = { id, attempt: 1, repoId: '7', ref: 'refs/heads/main', sha: 'a'.repeat(40) };
  const repository = { fullName: 'a/b', cloneUrl: 'http://127.0.0.1:1/a/b.git', defaultBranch: 'main' };
  return jobFor({ name: jobName(run), run, repository, epoch: 1, claimName: 'vol-7-0', settings });
}

/** A Job under another name, without our labels. */
export function named(name: string) {
  const { spec } = job('a');
  return { metadata: { name }, ...(spec === undefined ? {} : { spec }) };
}

export async function start({ cluster }: Connected, id: string, token: string) {
  const made = await cluster.createJob(job(id));
  const secret = secretFor({ job: made, namespace, token, upload: { v: 1 }, secrets: [] });
  const claim = claimFor({ name: 'vol-7-0', namespace, storageClass: null, sizeGiB: 1 });
  await Promise.all([cluster.ensureSecret(secret), cluster.ensureClaim(claim)]);
  return { ...made, claim };
}
