import { labelsOf } from '../../shared/kubernetes/pod-template.ts';
import { attemptLabels, madeFor, volumeLabel } from '../../shared/kubernetes/labels.ts';
import { YbError } from '../../shared/errors.ts';
import type {
  AttemptJob,
  AttemptSecret,
  CleaningJob,
  Cluster,
  ContainerView,
  Disk,
  JobView,
  PodView,
} from '../../shared/outside/cluster.ts';
import { hasEnded } from '../../shared/volume/writer.ts';
import { noon } from '../support/sample-run.ts';
import { sampleContainer, samplePod } from '../support/sample-pod.ts';

/**
 * A cluster in memory. What is asked of it is one thing, what its controllers make of it another: a Job has its Pod only after
 * {@link MemoryCluster.step}, and a uid is never given twice.
 */
export interface MemoryCluster extends Cluster {
  readonly jobs: ReadonlyMap<string, JobView>;
  readonly orders: ReadonlyMap<string, AttemptJob | CleaningJob>;
  readonly secrets: ReadonlyMap<string, AttemptSecret>;
  readonly disks: ReadonlyMap<string, Disk & { readonly uid: string }>;
  /** The Pod of a Job, without a call. */
  podOf(jobUid: string): PodView | null;
  /** What the controllers do: Pods for Jobs that have none yet, and disks away that nobody uses any more. */
  step(): void;
  /** Ends the build of a Job; its Pod, and the Job, go on for a while. */
  ends(name: string, build: Partial<ContainerView>): void;
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
  /** Begins to take a Job's Pod away, as the cluster would describe it; its programs still run. @returns its name */
  disrupt(name: string, disruption: PodView['disruption']): string;
  /** A Job's deadline passes: its build has been stopped, its Pod is about to be gone, and the Job does not say so before `told`. */
  late(name: string, build: Partial<ContainerView>): { told(): void };
  /** Fails a Job by its deadline, and its Pod is gone. */
  lose(name: string): void;
  /** Takes a Job and its Pod away without a word. */
  vanish(name: string): void;
  /** What the next calls of `createJob` throw after their effect. */
  readonly faults: { createJob: Error[] };
  /** Names of Jobs that it does not make, whatever it is asked. */
  readonly refuse: Set<string>;
  /** While it has words, no Pod is made, for the reason that they tell. */
  readonly podless: { words: string | null };
  /** How often each call was made. */
  readonly calls: Map<keyof Cluster, number>;
}

/** @param now when Jobs end */
export function createMemoryCluster(now: () => Date = () => noon): MemoryCluster {
  const jobs = new Map<string, JobView>();
  const orders = new Map<string, AttemptJob | CleaningJob>();
  /** By the uid of their Job. */
  const pods = new Map<string, PodView>();
  const secrets = new Map<string, AttemptSecret>();
  const disks = new Map<string, Disk & { readonly uid: string }>();
  const made = { uids: 0 };
  const nextUid = (kind: string): string => {
    made.uids += 1;
    return `${kind}-${made.uids}`;
  };
  /** Disks that somebody has deleted and a Pod may still use. */
  const leaving = new Set<string>();
  const isUsed = (disk: string): boolean =>
    [...orders].some(([name, { diskName }]) => {
      const job = jobs.get(name);
      if (job === undefined || diskName !== disk) return false;
      return job.terminal === null || !hasEnded(pods.get(job.uid) ?? null);
    });
  const podless: MemoryCluster['podless'] = { words: null };
  const step = (): void => {
    for (const job of jobs.values()) {
      if (podless.words !== null) break;
      if (job.active > 0 && job.terminal === null && !pods.has(job.uid)) pods.set(job.uid, newPod(job, nextUid('pod')));
    }
    for (const disk of [...leaving].filter((one) => !isUsed(one))) {
      disks.delete(disk);
      leaving.delete(disk);
    }
  };
  const faults: MemoryCluster['faults'] = { createJob: [] };
  const refuse = new Set<string>();
  const calls = new Map<keyof Cluster, number>();
  /** Like a remote call: what happens, happens after the caller has gone on. */
  const asked = async (call: keyof Cluster): Promise<void> => {
    calls.set(call, (calls.get(call) ?? 0) + 1);
    await Promise.resolve();
  };
  const jobOf = (name: string): JobView => {
    const job = jobs.get(name);
    if (job === undefined) throw new Error(`no Job ${name}`);
    return job;
  };
  const podOfJob = (name: string): { readonly uid: string; readonly pod: PodView } => {
    step();
    const { uid } = jobOf(name);
    const pod = pods.get(uid);
    if (pod === undefined) throw new Error(`no Pod of ${name}`);
    return { uid, pod };
  };
  return {
    jobs,
    orders,
    secrets,
    disks,
    faults,
    refuse,
    podless,
    calls,
    step,
    podOf: (uid) => pods.get(uid) ?? null,
    async createJob(job) {
      await asked('createJob');
      const { name } = job;
      if (refuse.has(name)) throw new YbError('kubernetes-refused', 'create Job: exceeded quota');
      const known = jobs.get(name);
      const view = known ?? { ...newJob(job, nextUid('job')), createdAt: now() };
      if (known === undefined) {
        jobs.set(name, view);
        orders.set(name, job);
      }
      const fault = faults.createJob.shift();
      if (fault !== undefined) throw fault;
      return { name, uid: view.uid, created: known === undefined };
    },
    async readJob(name) {
      await asked('readJob');
      return jobs.get(name) ?? null;
    },
    async workingJobs(madeBefore) {
      await asked('workingJobs');
      return [...jobs.values()]
        .filter(({ terminal, createdAt }) => terminal === null && createdAt !== null && createdAt < madeBefore)
        .map(({ name, labels }) => ({ name, of: madeFor(labels) }));
    },
    async readPod(uid) {
      await asked('readPod');
      return pods.get(uid) ?? null;
    },
    async readRunOfPod(podName) {
      await asked('readRunOfPod');
      const pod = [...pods].find(([, { name }]) => name === podName);
      const job = [...jobs.values()].find(({ uid }) => uid === pod?.[0]);
      return job?.labels[attemptLabels.run] ?? null;
    },
    async readPodProblem() {
      await asked('readPodProblem');
      return podless.words;
    },
    async readMountProblem() {
      await asked('readMountProblem');
      return null;
    },
    async ensureSecret(secret) {
      await asked('ensureSecret');
      if (!secrets.has(secret.job.name)) secrets.set(secret.job.name, secret);
    },
    async ensureDisk(disk) {
      await asked('ensureDisk');
      step();
      if (!disks.has(disk.name)) disks.set(disk.name, { ...disk, uid: nextUid('disk') });
    },
    async readDisk(name) {
      await asked('readDisk');
      step();
      const disk = disks.get(name);
      return disk === undefined ? null : { uid: disk.uid };
    },
    async deleteDisk({ name, uid }) {
      await asked('deleteDisk');
      if (disks.get(name)?.uid === uid) leaving.add(name);
      step();
    },
    async expireJob(name) {
      await asked('expireJob');
      const job = jobs.get(name);
      if (job !== undefined && job.terminal === null) jobs.set(name, { ...job, activeDeadlineSeconds: 1 });
    },
    ends(name, build) {
      const { uid, pod } = podOfJob(name);
      const ended = sampleContainer({ state: 'terminated', exitCode: 0, ...build });
      pods.set(uid, { ...pod, containers: { ...pod.containers, build: ended } });
    },
    end(name, { terminal, reason, build }) {
      const { uid, pod } = podOfJob(name);
      jobs.set(name, { ...jobOf(name), active: 0, terminal, reason: reason ?? null, endedAt: now() });
      const ended = sampleContainer({ state: 'terminated', exitCode: 0, ...build });
      pods.set(uid, {
        ...pod,
        phase: terminal === 'Complete' ? 'Succeeded' : 'Failed',
        containers: { ...pod.containers, courier: { ...ended, exitCode: 0 }, build: ended, cleaning: ended },
      });
    },
    stall(name, { build, ...differences }) {
      const { uid, pod } = podOfJob(name);
      const waiting = sampleContainer({ state: 'waiting' });
      pods.set(uid, {
        ...pod,
        ...differences,
        phase: 'Pending',
        containers: { courier: waiting, checkout: waiting, build: { ...waiting, ...build } },
      });
    },
    disrupt(name, disruption) {
      const { uid, pod } = podOfJob(name);
      pods.set(uid, { ...pod, deleting: true, disruption });
      return pod.name;
    },
    late(name, build) {
      const { uid, pod } = podOfJob(name);
      const ended = sampleContainer({ state: 'terminated', ...build });
      pods.set(uid, { ...pod, deleting: true, containers: { ...pod.containers, build: ended } });
      return { told: () => jobs.set(name, { ...jobOf(name), reason: 'DeadlineExceeded' }) };
    },
    lose(name) {
      const job = jobOf(name);
      jobs.set(name, { ...job, active: 0, terminal: 'Failed', reason: 'DeadlineExceeded', endedAt: now() });
      pods.delete(job.uid);
    },
    vanish(name) {
      const job = jobs.get(name);
      jobs.delete(name);
      orders.delete(name);
      if (job !== undefined) pods.delete(job.uid);
    },
  };
}

function newJob(job: AttemptJob | CleaningJob, uid: string): JobView {
  return {
    name: job.name,
    uid,
    labels:
      job.kind === 'attempt'
        ? labelsOf(job.run)
        : { [attemptLabels.repo]: job.repoId, [volumeLabel]: String(job.volume) },
    active: 1,
    terminal: null,
    reason: null,
    message: null,
    endedAt: null,
    createdAt: null,
    startTime: null,
    activeDeadlineSeconds: job.kind === 'attempt' ? job.settings.deadlineSeconds : null,
    limits: {},
  };
}

function newPod(job: JobView, uid: string): PodView {
  return samplePod({
    name: `${job.name}-x`,
    uid,
    buildImage: 'ghcr.io/me/build@sha256:1',
    containers: {
      courier: sampleContainer(),
      checkout: sampleContainer({ state: 'terminated', exitCode: 0 }),
      build: sampleContainer(),
    },
  });
}
