import { createCleaner } from '../../functions/scheduler/cleaning.ts';
import { createScheduler } from '../../functions/scheduler/scheduler.ts';
import { createJobStarter } from '../../functions/scheduler/start.ts';
import { createWatcher } from '../../functions/watcher/watcher.ts';
import { systemRandom } from '../../shared/clock.ts';
import { createGitHubClients } from '../../shared/github/client.ts';
import type { Cluster } from '../../shared/kubernetes/cluster.ts';
import { createKeySigner } from '../../shared/logs/signer.ts';
import { targetsName } from '../../shared/attempt/layout.ts';
import type { JobEvent, Message, RunEvent } from '../../shared/messages/messages.ts';
import { topicOf } from '../../shared/messages/topics.ts';
import type { RunResult, TargetResult, TargetsFile } from '../../shared/attempt/result.ts';
import type { Run } from '../../shared/run/run.ts';
import { parseKeyRing, seal } from '../../shared/secrets.ts';
import type { Documents } from '../../shared/store/documents.ts';
import { type Repository, repositoryPath } from '../../shared/store/repositories.ts';
import { readRun } from '../../shared/store/runs.ts';
import { readVolumes, volumePath } from '../../shared/store/volumes.ts';
import { newVolume } from '../../shared/volume/volume.ts';
import { generateKeyPairSync } from 'node:crypto';
import { createManualClock } from './manual-clock.ts';
import { createMemoryCluster } from './memory-cluster.ts';
import { createMemoryObjects } from './memory-objects.ts';
import { noon } from './sample-run.ts';

const ring = parseKeyRing(`k1:${Buffer.alloc(32, 9).toString('base64')}`, 'keys');
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** The real scheduler and watcher over a given store, with a cluster and a bucket in memory and a bus that a test drives. */
export function createControlPlane(options: {
  readonly documents: Documents;
  readonly githubUrl: string;
  readonly wrapCluster?: (cluster: Cluster) => Cluster;
}) {
  const { documents } = options;
  const clock = createManualClock();
  const cluster = createMemoryCluster();
  const objects = createMemoryObjects(() => clock.now());
  const bus: Message[] = [];
  const publisher = {
    publish: async (message: Message) => {
      await Promise.resolve();
      bus.push(message);
    },
    deadLetter: () => Promise.reject(new Error('nothing should end here')),
  };
  const settings = {
    gitUrl: 'https://github.example.com',
    bucket: 'logs',
    storageEndpoint: 'https://storage.example.com',
    volumes: { storageClass: null, accessMode: 'ReadWriteOncePod' as const },
    job: {
      namespace: 'builds',
      runnerImage: 'runner',
      buildImage: 'build',
      runtimeClassName: null,
      deadlineSeconds: 3600,
      graceSeconds: 600,
      resources: { cpu: '2', memory: '4Gi' },
      shmBytes: 1024 ** 3,
      maxLogBytes: 1024 ** 3,
      allowInsecure: false,
      bazel: { targets: ['//...'], flags: [], flakyAttempts: 2, diskCacheBytes: 1024 ** 3 },
    },
  };
  const wrapped = options.wrapCluster?.(cluster) ?? cluster;
  const jobs = createJobStarter({
    documents,
    cluster: wrapped,
    publisher,
    clock,
    signer: createKeySigner({ clientEmail: 'signer@example.com', privateKey }),
    credentials: ring,
    settings,
  });
  const cleaner = createCleaner({ documents, cluster: wrapped, clock, settings });
  const schedule = createScheduler({ documents, publisher, jobs, cleaner, clock });
  const watch = createWatcher({
    documents,
    cluster,
    objects,
    publisher,
    clock,
    github: createGitHubClients({ apiUrl: options.githubUrl, clock, timeoutMilliseconds: 5000 }),
    credentials: ring,
    dashboardUrl: 'https://ci.example.com',
    patience: { imageSeconds: 120, startSeconds: 900 },
  });
  const work = { note: () => undefined };
  const handle = async (message: Message): Promise<void> => {
    if (topicOf(message) === 'run-events') await schedule(message as RunEvent, work);
    else await watch(message as JobEvent, work);
  };
  return {
    bus,
    clock,
    cluster,
    objects,
    handle,
    /** Delivers everything that was published, and what that publishes, one by one. */
    async drain() {
      for (let message = bus.shift(); message !== undefined; message = bus.shift()) await handle(message);
    },
    async register(repoId: string, volumes: number) {
      const path = repositoryPath(repoId);
      const token = seal({ ring, place: path, plain: 'github_pat_secret', random: systemRandom });
      const repository: Repository = {
        id: repoId,
        fullName: 'demo/hello',
        defaultBranch: 'main',
        private: true,
        customer: '7',
        hookKey: null,
        settings: {},
        credential: { kind: 'token', sealed: token, addedAt: noon, addedBy: 'demo' },
        volumes: { count: volumes, sizeGiB: 20 },
        createdAt: noon,
      };
      await documents.commit([
        { type: 'create', path, fields: { ...repository } },
        ...Array.from({ length: volumes }, (_, index) => ({
          type: 'create' as const,
          path: volumePath(repoId, index),
          fields: { ...newVolume(index, 'trusted') },
        })),
      ]);
    },
    async run(runId: string): Promise<Run> {
      const run = await readRun(documents, runId);
      if (run === null) throw new Error(`no run ${runId}`);
      return run.value;
    },
    async volumes(repoId: string) {
      const volumes = await readVolumes(documents, repoId);
      return volumes.map(({ value }) => value).sort((left, right) => left.index - right.index);
    },
    /** Writes an attempt's list of targets as its courier does. */
    putTargets(run: Run, targets: readonly TargetResult[]) {
      const file: TargetsFile = { v: 1, targets: [...targets], failures: [] };
      objects.put(targetsName({ runId: run.id, attempt: run.attempt }), JSON.stringify(file));
    },
    /** Writes an attempt's result as its courier does. */
    putResult(run: Run, changes: Partial<RunResult> = {}) {
      const at = clock.now().toISOString();
      const result: RunResult = {
        v: 1,
        runId: run.id,
        attempt: run.attempt,
        epoch: run.lease?.epoch ?? 0,
        exitCode: 0,
        complete: true,
        events: { complete: true, exitCode: 0 },
        bytes: 10,
        lines: 1,
        sha256: '0'.repeat(64),
        chunks: 1,
        counts: {
          targets: 4,
          tests: 4,
          passed: 4,
          failed: 0,
          flaky: 0,
          timedOut: 0,
          cached: 0,
          executed: 4,
          failedToBuild: 0,
          incomplete: 0,
          notRun: 0,
        },
        failed: [],
        toolchain: '4.2.3',
        oomKills: 0,
        repairs: [],
        phases: { build: { startedAt: at, finishedAt: at } },
        missing: [],
        logTooLarge: false,
        ...changes,
      };
      objects.put(`signals/${run.id}/${run.attempt}/result.json`, JSON.stringify(result));
    },
  };
}
