import type { V1Job, V1PersistentVolumeClaim, V1Secret } from '@kubernetes/client-node';
import { YbError } from '../errors.ts';
import type { ClusterAccess } from './access.ts';
import { createClientCalls } from './client.ts';
import { apiStatus } from './errors.ts';
import { attemptLabels, managedBy } from './labels.ts';
import { type JobView, type PodView, jobView, podView } from './views.ts';

/**
 * The cluster in which Jobs run. Every call may be made again after any outcome. Errors are YbErrors:
 * `kubernetes-unavailable` if the same call can succeed later, `kubernetes-refused` if the object itself is wrong.
 */
export interface Cluster {
  /** Creates a Job; one that is there under this name is left as it is, and `created` is false. */
  createJob(job: V1Job): Promise<{ readonly name: string; readonly uid: string; readonly created: boolean }>;
  /** Null if there is no such Job (any more). */
  readJob(name: string): Promise<JobView | null>;
  /** The Pod of a Job; of several, the one that still runs, else the newest. Null if there is none (any more). */
  readPod(jobUid: string): Promise<PodView | null>;
  /** Which run a Pod of this system belongs to; null if there is no such Pod (any more), or it is not ours. */
  readRunOfPod(name: string): Promise<string | null>;
  /** Why a Pod's volume could not be attached or mounted, in the cluster's words; null if nothing is known of that. */
  readMountProblem(podUid: string): Promise<string | null>;
  /** Creates a Secret if none is there under its name; what is there is left as it is and not read. */
  ensureSecret(secret: V1Secret): Promise<void>;
  /** Creates a claim if none is there under its name. */
  ensureClaim(claim: V1PersistentVolumeClaim): Promise<void>;
  /** The uid of a claim; null if there is none under this name. One that is being deleted is still there. */
  readClaim(name: string): Promise<{ readonly uid: string } | null>;
  /**
   * Deletes a claim, and with it what its class keeps of the disk, as soon as no Pod uses it. One of another uid under this
   * name is left alone; nothing happens if there is none.
   */
  deleteClaim(name: string, uid: string): Promise<void>;
  /**
   * Has a Job end in an orderly way, by a deadline that has passed: its programs get SIGTERM and their grace, and the Job
   * fails with `DeadlineExceeded` when they are gone, with an event. Does nothing to a Job that is over or not there.
   */
  expireJob(name: string): Promise<void>;
  /** Deletes a Job with all that belongs to it. No event tells of it. Nothing happens if it is not there. */
  deleteJob(name: string): Promise<void>;
  /** Jobs that this system made, a page at a time; `continue` is null on the last page. */
  listJobs(page: {
    readonly limit: number;
    readonly continue?: string;
  }): Promise<{ readonly jobs: readonly JobView[]; readonly continue: string | null }>;
}

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
      const name = job.metadata?.name ?? '';
      const made = await client.callUnless(409, 'create Job', async ({ batch }) => {
        return await batch.createNamespacedJob({ namespace, body: job });
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
      const events = await client.call('read events', async ({ core }) => {
        return await core.listNamespacedEvent({ namespace, fieldSelector: `involvedObject.uid=${podUid}`, limit: 100 });
      });
      const problem = events.items.findLast(({ reason }) => mountProblems.has(reason ?? ''));
      return problem === undefined ? null : (problem.message ?? problem.reason ?? '').slice(0, longestProblem);
    },

    async ensureSecret(secret) {
      await client.callUnless(409, 'create Secret', async ({ core }) => {
        await core.createNamespacedSecret({ namespace, body: secret });
      });
    },

    async ensureClaim(claim) {
      await client.callUnless(409, 'create volume claim', async ({ core }) => {
        await core.createNamespacedPersistentVolumeClaim({ namespace, body: claim });
      });
    },

    async readClaim(name) {
      const claim = await client.callUnless(404, 'read volume claim', async ({ core }) => {
        return await core.readNamespacedPersistentVolumeClaim({ namespace, name });
      });
      return claim === null ? null : { uid: claim.metadata?.uid ?? '' };
    },

    async deleteClaim(name, uid) {
      await client.callUnless(404, 'delete volume claim', async (made) => {
        try {
          await made.core.deleteNamespacedPersistentVolumeClaim({ namespace, name, body: { preconditions: { uid } } });
        } catch (error) {
          if (apiStatus(error) !== 409) throw error;
        }
      });
    },

    async expireJob(name) {
      await client.callUnless(404, 'expire Job', async ({ batch, mergePatch }) => {
        await batch.patchNamespacedJob({ namespace, name, body: { spec: { activeDeadlineSeconds: 1 } } }, mergePatch);
      });
    },

    async deleteJob(name) {
      await client.callUnless(404, 'delete Job', async ({ batch }) => {
        // Without a word on it this API leaves a Job's Pods running, ownerless.
        await batch.deleteNamespacedJob({ namespace, name, propagationPolicy: 'Background' });
      });
    },

    async listJobs(page) {
      const list = await client.call('list Jobs', async ({ batch }) => {
        return await batch.listNamespacedJob({
          namespace,
          labelSelector: `${managedBy.label}=${managedBy.value}`,
          limit: page.limit,
          ...(page.continue === undefined ? {} : { _continue: page.continue }),
        });
      });
      const next = list.metadata?._continue;
      return { jobs: list.items.map(jobView), continue: next === undefined || next === '' ? null : next };
    },
  };
}

const mountProblems = new Set(['FailedMount', 'FailedAttachVolume', 'FailedMapVolume']);
const longestProblem = 500;

function identity(job: JobView, created: boolean): { name: string; uid: string; created: boolean } {
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
