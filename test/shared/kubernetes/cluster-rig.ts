import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptJob, Cluster, JobSettings } from '../../../shared/outside/cluster.ts';
import { createCluster } from '../../../shared/kubernetes/cluster.ts';
import { jobName } from '../../../shared/attempt/names.ts';
import { type LocalCluster, namespace, startLocalCluster } from '../../support/local-cluster.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export const patience = { timeout: 30_000, interval: 50 };
const settings: JobSettings = {
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

const disk = { name: 'vol-7-0', storageClass: null, accessMode: 'ReadWriteOncePod', sizeGiB: 1 } as const;

export function job(id: string): AttemptJob {
  const run = { id, attempt: 1, repoId: '7', ref: 'refs/heads/main', sha: 'a'.repeat(40) };
  const repository = { fullName: 'a/b', cloneUrl: 'http://127.0.0.1:1/a/b.git', defaultBranch: 'main' };
  return {
    kind: 'attempt',
    name: jobName(run),
    run,
    repository,
    epoch: 1,
    diskName: disk.name,
    secrets: [],
    settings,
  };
}

export async function start({ cluster }: Connected, id: string, token: string) {
  const made = await cluster.createJob(job(id));
  const secret = { job: made, token, upload: { v: 1 }, secrets: [] };
  await Promise.all([cluster.ensureSecret(secret), cluster.ensureDisk(disk)]);
  return { ...made, disk };
}
