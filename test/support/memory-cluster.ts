import type { V1Job, V1Secret } from '@kubernetes/client-node';
import { YbError } from '../../shared/errors.ts';
import type { Cluster } from '../../shared/kubernetes/cluster.ts';
import { attemptLabels } from '../../shared/kubernetes/labels.ts';
import type { ContainerView, JobView, PodView } from '../../shared/kubernetes/views.ts';
import { hasEnded } from '../../shared/kubernetes/writer.ts';
import { sampleContainer, samplePod } from './sample-pod.ts';

/** A cluster in memory whose Jobs do what a test says. */
export interface MemoryCluster extends Cluster {
  readonly jobs: ReadonlyMap<string, JobView>;
  readonly secrets: ReadonlyMap<string, V1Secret>;
  readonly specs: ReadonlyMap<string, V1Job>;
  /** uids by name. */
  readonly claims: ReadonlyMap<string, string>;
  /** Ends a Job and its Pod. */
  end(
    name: string,
    how: {
      readonly terminal: 'Complete' | 'Failed';
      readonly reason?: string;
      readonly build?: Partial<ContainerView>;
    },
  ): void;
  /** Keeps a Job's Pod from running, as the cluster would describe it. */
  stall(
    name: string,
    pod: Pick<Partial<PodView>, 'scheduled' | 'unschedulable'> & { readonly build?: Partial<ContainerView> },
  ): void;
  /** Begins to take a Job's Pod away, as the cluster would describe it; its programs still run. */
  disrupt(name: string, disruption: PodView['disruption']): string;
  /** Fails a Job by its deadline, and its Pod is gone. */
  lose(name: string): void;
  /** Takes a Job and its Pod away without a word. */
  vanish(name: string): void;
  /** What the next calls of `createJob` do after their effect. */
  readonly faults: { createJob: Error[] };
  /** Names of Jobs that it does not make, whatever it is asked. */
  readonly refuse: Set<string>;
}

export function createMemoryCluster(): MemoryCluster {
  const jobs = new Map<string, JobView>();
  const specs = new Map<string, V1Job>();
  const pods = new Map<string, PodView>();
  const secrets = new Map<string, V1Secret>();
  const claims = new Map<string, string>();
  let claimsMade = 0;
  /** Claims that somebody has deleted and a Pod still uses. */
  const leaving = new Set<string>();
  const isUsed = (claim: string): boolean =>
    [...specs].some(([name, { spec }]) => {
      const pod = pods.get(jobs.get(name)?.uid ?? '');
      return (
        !hasEnded(pod ?? null) &&
        spec?.template.spec?.volumes?.some((one) => one.persistentVolumeClaim?.claimName === claim)
      );
    });
  const letGo = (): void => {
    for (const claim of [...leaving].filter((one) => !isUsed(one))) {
      claims.delete(claim);
      leaving.delete(claim);
    }
  };
  const faults: MemoryCluster['faults'] = { createJob: [] };
  const refuse = new Set<string>();
  return {
    jobs,
    specs,
    secrets,
    claims,
    faults,
    refuse,
    async createJob(job) {
      await Promise.resolve();
      const name = job.metadata?.name ?? '';
      if (refuse.has(name)) throw new YbError('kubernetes-refused', 'create Job: exceeded quota');
      const known = jobs.get(name);
      const view: JobView = known ?? {
        name,
        uid: `uid-${jobs.size + 1}`,
        labels: job.metadata?.labels ?? {},
        active: 1,
        terminal: null,
        reason: null,
        message: null,
        createdAt: null,
        startTime: null,
        activeDeadlineSeconds: job.spec?.activeDeadlineSeconds ?? null,
        limits: {},
      };
      jobs.set(name, view);
      specs.set(name, job);
      if (known === undefined) {
        pods.set(
          view.uid,
          samplePod({
            name: `${name}-x`,
            uid: `pod-${view.uid}`,
            containers: {
              courier: sampleContainer(),
              checkout: sampleContainer({ state: 'terminated', exitCode: 0 }),
              build: sampleContainer(),
            },
          }),
        );
      }
      const fault = faults.createJob.shift();
      if (fault !== undefined) throw fault;
      return { name, uid: view.uid, created: known === undefined };
    },
    readJob: async (name) => await Promise.resolve(jobs.get(name) ?? null),
    readPod: async (uid) => await Promise.resolve(pods.get(uid) ?? null),
    async readRunOfPod(podName) {
      await Promise.resolve();
      const pod = [...pods].find(([, { name }]) => name === podName);
      const job = [...jobs.values()].find(({ uid }) => uid === pod?.[0]);
      return job?.labels[attemptLabels.run] ?? null;
    },
    readMountProblem: async () => await Promise.resolve(null),
    async ensureSecret(secret) {
      await Promise.resolve();
      const name = secret.metadata?.name ?? '';
      if (!secrets.has(name)) secrets.set(name, secret);
    },
    async ensureClaim(claim) {
      await Promise.resolve();
      letGo();
      const name = claim.metadata?.name ?? '';
      if (claims.has(name)) return;
      claimsMade += 1;
      claims.set(name, `claim-${claimsMade}`);
    },
    async readClaim(name) {
      await Promise.resolve();
      letGo();
      const uid = claims.get(name);
      return uid === undefined ? null : { uid };
    },
    async deleteClaim(name, uid) {
      await Promise.resolve();
      if (claims.get(name) === uid) leaving.add(name);
      letGo();
    },
    async expireJob(name) {
      await Promise.resolve();
      const job = jobs.get(name);
      if (job !== undefined && job.terminal === null) jobs.set(name, { ...job, activeDeadlineSeconds: 1 });
    },
    async deleteJob(name) {
      await Promise.resolve();
      jobs.delete(name);
    },
    listJobs: async () => await Promise.resolve({ jobs: [...jobs.values()], continue: null }),
    end(name, { terminal, reason, build }) {
      const job = jobs.get(name);
      if (job === undefined) throw new Error(`no Job ${name}`);
      jobs.set(name, { ...job, active: 0, terminal, reason: reason ?? null });
      const pod = pods.get(job.uid);
      if (pod === undefined) return;
      const ended = sampleContainer({ state: 'terminated', exitCode: 0, ...build });
      pods.set(job.uid, {
        ...pod,
        phase: terminal === 'Complete' ? 'Succeeded' : 'Failed',
        containers: { ...pod.containers, courier: { ...ended, exitCode: 0 }, build: ended, cleaning: ended },
      });
    },
    stall(name, { build, ...differences }) {
      const uid = jobs.get(name)?.uid ?? '';
      const pod = pods.get(uid);
      if (pod === undefined) throw new Error(`no Pod of ${name}`);
      const waiting = sampleContainer({ state: 'waiting' });
      pods.set(uid, {
        ...pod,
        ...differences,
        phase: 'Pending',
        containers: { courier: waiting, checkout: waiting, build: { ...waiting, ...build } },
      });
    },
    disrupt(name, disruption) {
      const uid = jobs.get(name)?.uid ?? '';
      const pod = pods.get(uid);
      if (pod === undefined) throw new Error(`no Pod of ${name}`);
      pods.set(uid, { ...pod, deleting: true, disruption });
      return pod.name;
    },
    lose(name) {
      const job = jobs.get(name);
      if (job === undefined) throw new Error(`no Job ${name}`);
      jobs.set(name, { ...job, active: 0, terminal: 'Failed', reason: 'DeadlineExceeded' });
      pods.delete(job.uid);
    },
    vanish(name) {
      const job = jobs.get(name);
      jobs.delete(name);
      if (job !== undefined) pods.delete(job.uid);
    },
  };
}
