import { cleaningJobFor } from './cleaning-job.ts';
import { jobFor, secretFor, claimFor } from './job-spec.ts';
import { YbError } from '../errors.ts';
import type { ClusterAccess } from './access.ts';
import { type ClientCalls, createClientCalls } from './client.ts';
import { apiStatus } from './errors.ts';
import { attemptLabels, madeFor, managedBy } from './labels.ts';
import type { JobView, PodView, Cluster, MadeJob, WorkingJob } from '../outside/cluster.ts';
import { jobView, podView } from './views.ts';

const jobsAtOnce = 500;

/** {@link Cluster} over the API of a real cluster, or of whatever speaks like one. */
export function createCluster(options: {
  readonly access: ClusterAccess;
  readonly namespace: string;
  readonly timeoutMilliseconds: number;
}): Cluster {
  const { namespace } = options;
  const client = createClientCalls(options);
  return {
    async createJob(job) {
      const { name } = job;
      const body = job.kind === 'attempt' ? jobFor(job, namespace) : cleaningJobFor(job, namespace);
      const made = await client.callUnless(409, 'create Job', async ({ batch }) => {
        return await batch.createNamespacedJob({ namespace, body });
      });
      if (made !== null) return identity(jobView(made), true);
      const there = await client.callUnless(404, 'read Job', async ({ batch }) => {
        return await batch.readNamespacedJob({ namespace, name });
      });
      if (there === null) throw new YbError('kubernetes-unavailable', 'create Job: it was deleted meanwhile');
      return identity(jobView(there), false);
    },

    async readJob(name) {
      const job = await client.callUnless(404, 'read Job', async ({ batch }) => {
        return await batch.readNamespacedJob({ namespace, name });
      });
      return job === null ? null : jobView(job);
    },

    async workingJobs(madeBefore) {
      const found: WorkingJob[] = [];
      let next: string | undefined;
      do {
        const page = await client.call('list Jobs', async ({ batch }) => {
          const labelSelector = `${managedBy.label}=${managedBy.value}`;
          return await batch.listNamespacedJob({
            namespace,
            labelSelector,
            limit: jobsAtOnce,
            ...(next === undefined ? {} : { _continue: next }),
          });
        });
        const jobs = page.items.map(jobView);
        const working = jobs.filter(
          ({ terminal, createdAt }) => terminal === null && (createdAt ?? madeBefore) < madeBefore,
        );
        found.push(...working.map(({ name, labels }) => ({ name, of: madeFor(labels) })));
        next = page.metadata?._continue === '' ? undefined : page.metadata?._continue;
      } while (next !== undefined);
      return found;
    },

    async readPod(jobUid) {
      const pods = await client.call('read Pod', async ({ core }) => {
        return await core.listNamespacedPod({
          namespace,
          labelSelector: `batch.kubernetes.io/controller-uid=${jobUid}`,
        });
      });
      return mostAlive(pods.items);
    },

    async readRunOfPod(name) {
      const pod = await client.callUnless(404, 'read Pod', async ({ core }) => {
        return await core.readNamespacedPod({ namespace, name });
      });
      const labels = pod?.metadata?.labels ?? {};
      return labels[managedBy.label] === managedBy.value ? (labels[attemptLabels.run] ?? null) : null;
    },

    async readMountProblem(podUid) {
      return await lastProblem(client, namespace, podUid, mountProblems);
    },

    async readPodProblem(jobUid) {
      return await lastProblem(client, namespace, jobUid, podProblems);
    },

    async ensureSecret(secret) {
      await client.callUnless(409, 'create Secret', async ({ core }) => {
        await core.createNamespacedSecret({ namespace, body: secretFor(secret, namespace) });
      });
    },

    async ensureDisk(disk) {
      await client.callUnless(409, 'create volume claim', async ({ core }) => {
        await core.createNamespacedPersistentVolumeClaim({ namespace, body: claimFor(disk, namespace) });
      });
    },

    async readDisk(name) {
      const claim = await client.callUnless(404, 'read volume claim', async ({ core }) => {
        return await core.readNamespacedPersistentVolumeClaim({ namespace, name });
      });
      return claim === null ? null : { uid: claim.metadata?.uid ?? '' };
    },

    async deleteDisk({ repoId, name, uid }) {
      const leaves = await client.callUnless(404, 'delete volume claim', async ({ core }) => {
        try {
          await core.deleteNamespacedPersistentVolumeClaim({ namespace, name, body: { preconditions: { uid } } });
          return true;
        } catch (error) {
          if (apiStatus(error) !== 409) throw error;
          return false;
        }
      });
      if (leaves === true) await releaseDisk(client, { namespace, repoId, name });
    },

    async expireJob(name) {
      await client.callUnless(404, 'expire Job', async ({ batch, mergePatch }) => {
        await batch.patchNamespacedJob({ namespace, name, body: { spec: { activeDeadlineSeconds: 1 } } }, mergePatch);
      });
    },
  };
}

/** A claim stays for as long as there is a Pod that names it, and one that is over for as long as its Job. */
async function releaseDisk(
  client: ClientCalls,
  { namespace, repoId, name: disk }: { readonly namespace: string; readonly repoId: string; readonly name: string },
): Promise<void> {
  const labelSelector = `${managedBy.label}=${managedBy.value},${attemptLabels.repo}=${repoId}`;
  const { items } = await client.call('read Pods', async ({ core }) => {
    return await core.listNamespacedPod({ namespace, labelSelector });
  });
  for (const { metadata, spec, status } of items) {
    const { name, uid } = metadata ?? {};
    const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed';
    const keeps = spec?.volumes?.some(({ persistentVolumeClaim: claim }) => claim?.claimName === disk) === true;
    if (!isOver || !keeps || name === undefined || uid === undefined) continue;
    await client.callUnless(404, 'delete Pod', async ({ core }) => {
      await core.deleteNamespacedPod({ namespace, name, body: { preconditions: { uid } } });
    });
  }
}

const mountProblems: ReadonlySet<string> = new Set(['FailedMount', 'FailedAttachVolume', 'FailedMapVolume']);
const podProblems: ReadonlySet<string> = new Set(['FailedCreate']);
const longestProblem = 500;

async function lastProblem(
  client: ClientCalls,
  namespace: string,
  uid: string,
  problems: ReadonlySet<string>,
): Promise<string | null> {
  const events = await client.call('read events', async ({ core }) => {
    return await core.listNamespacedEvent({ namespace, fieldSelector: `involvedObject.uid=${uid}`, limit: 100 });
  });
  const problem = events.items.findLast(({ reason }) => problems.has(reason ?? ''));
  return problem === undefined ? null : (problem.message ?? problem.reason ?? '').slice(0, longestProblem);
}

function identity(job: JobView, created: boolean): MadeJob {
  return { name: job.name, uid: job.uid, created };
}

function mostAlive(pods: readonly { readonly metadata?: { readonly creationTimestamp?: Date } }[]): PodView | null {
  const newestFirst = pods.toSorted(
    (one, other) =>
      (other.metadata?.creationTimestamp?.getTime() ?? 0) - (one.metadata?.creationTimestamp?.getTime() ?? 0),
  );
  const views = newestFirst.map(podView);
  return views.find(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed') ?? views[0] ?? null;
}
