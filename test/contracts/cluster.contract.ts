import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { jobName } from '../../shared/attempt/names.ts';
import type { AttemptJob, Cluster, Disk } from '../../shared/outside/cluster.ts';
import { sampleRequest } from '../shared/kubernetes/sample-request.ts';
import type { Promises } from './promises.ts';

/** A cluster that the suite is run on. */
export interface ClusterUnderTest {
  readonly cluster: Cluster;
  /** Whether what its controllers do happens at {@link step} alone, and not by itself. */
  readonly stepwise: boolean;
  step(): void;
  /** Takes a Job away with its Pod, as somebody beside us would. */
  remove(jobName: string): Promise<void>;
  /** What Jobs are to be made of here. */
  readonly settings: Pick<AttemptJob['settings'], 'runnerImage' | 'buildImage' | 'runtimeClassName'>;
  readonly storageClass: string | null;
  /** How long what others do may take. */
  readonly patience: { readonly timeout: number; readonly interval: number };
}

/** A Job and a disk of names that nobody else uses: several tests may run in one cluster. */
function attemptIn(under: ClusterUnderTest) {
  const id = Array.from(randomBytes(26), (byte) => 'abcdefghijklmnopqrstuvwxyz'[byte % 26]).join('');
  const run = { id, attempt: 1, repoId: '7', ref: 'refs/heads/main', sha: 'a'.repeat(40) };
  const disk: Disk = {
    name: `vol-7-${id}`,
    storageClass: under.storageClass,
    accessMode: 'ReadWriteOncePod',
    sizeGiB: 1,
  };
  const job: AttemptJob = {
    ...sampleRequest,
    name: jobName(run),
    run,
    diskName: disk.name,
    settings: { ...sampleRequest.settings, ...under.settings, graceSeconds: 1 },
  };
  return { ...under, job, disk };
}

async function podOf({ cluster, step, patience }: ClusterUnderTest, uid: string) {
  step();
  await expect.poll(async () => await cluster.readPod(uid), patience).not.toBeNull();
  return await cluster.readPod(uid);
}

/** What the port promises and the functions rely on, held against every cluster that stands behind it. */
export const clusterPromises: Promises<ClusterUnderTest> = {
  'makes a Job once: the second time it is met as it is': async (given) => {
    const { cluster, job } = attemptIn(given);
    const first = await cluster.createJob(job);
    expect(first).toMatchObject({ name: job.name, created: true });
    expect(await cluster.createJob(job)).toEqual({ ...first, created: false });
    expect(await cluster.readJob(job.name)).toMatchObject({ name: job.name, uid: first.uid, terminal: null });
  },

  'has a Job before its Pod, which then says whose run it is': async (given) => {
    const under = attemptIn(given);
    const { cluster, job, disk } = under;
    await cluster.ensureDisk(disk);
    const { uid } = await cluster.createJob(job);
    // Elsewhere the controllers may be faster than we ask.
    if (under.stepwise) expect(await cluster.readPod(uid)).toBeNull();
    const pod = await podOf(under, uid);
    expect(pod?.uid).not.toBe(uid);
    expect(await cluster.readRunOfPod(pod?.name ?? '')).toBe(job.run.id);
  },

  'never gives a uid twice, whatever was taken away': async (given) => {
    const { cluster, job, remove } = attemptIn(given);
    const uids = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const { uid, created } = await cluster.createJob(job);
      expect(created).toBe(true);
      uids.add(uid);
      await remove(job.name);
      await expect.poll(async () => await cluster.readJob(job.name), given.patience).toBeNull();
      // It is gone for who knows the uid, too.
      await expect.poll(async () => await cluster.readPod(uid), given.patience).toBeNull();
    }
    expect(uids.size).toBe(3);
  },

  'ends a Job by a deadline that has passed, asked once or often': async (given) => {
    const { cluster, job } = attemptIn(given);
    await cluster.createJob(job);
    expect((await cluster.readJob(job.name))?.activeDeadlineSeconds).toBe(job.settings.deadlineSeconds);
    for (let times = 0; times < 2; times += 1) await cluster.expireJob(job.name);
    expect((await cluster.readJob(job.name))?.activeDeadlineSeconds).toBe(1);
  },

  'knows the Jobs that go on, for what each was made, and since when': async (given) => {
    const { cluster, job } = attemptIn(given);
    const cleaning = { kind: 'cleaning', name: `clean-${job.run.id}`, repoId: '7', volume: 3, epoch: 2 } as const;
    await cluster.createJob(job);
    await cluster.createJob({ ...cleaning, diskName: job.diskName, settings: job.settings });
    const own = async (before: Date) =>
      (await cluster.workingJobs(before)).filter(({ name }) => name.includes(job.run.id));
    const later = new Date('2100-01-01');
    expect((await own(later)).toSorted((one, other) => (one.name < other.name ? -1 : 1))).toEqual([
      { name: cleaning.name, of: { kind: 'cleaning', repoId: '7', volume: 3 } },
      { name: job.name, of: { kind: 'attempt', runId: job.run.id, attempt: 1 } },
    ]);
    expect(await own(new Date('2000-01-01'))).toEqual([]);
    await given.remove(job.name);
    await expect.poll(async () => (await own(later)).map(({ name }) => name), given.patience).toEqual([cleaning.name]);
    await given.remove(cleaning.name);
  },

  'keeps the first Secret and the first disk of a name': async (given) => {
    const { cluster, job, disk } = attemptIn(given);
    await cluster.ensureDisk(disk);
    const first = await cluster.readDisk(disk.name);
    await cluster.ensureDisk(disk);
    expect(first?.uid).toMatch(/./);
    expect(await cluster.readDisk(disk.name)).toEqual(first);
    const made = await cluster.createJob(job);
    for (const token of ['one', 'another']) {
      await cluster.ensureSecret({ job: made, token, secrets: [], upload: {} });
    }
  },

  'deletes a disk by its uid alone, and the next of its name has another': async (given) => {
    const { cluster, disk } = attemptIn(given);
    const of = { repoId: '7', name: disk.name };
    await cluster.ensureDisk(disk);
    const first = await cluster.readDisk(disk.name);
    await cluster.deleteDisk({ ...of, uid: '00000000-0000-0000-0000-000000000000' });
    expect(await cluster.readDisk(disk.name)).toEqual(first);

    await cluster.deleteDisk({ ...of, uid: first?.uid ?? '' });
    await expect.poll(async () => await cluster.readDisk(disk.name), given.patience).toBeNull();
    await cluster.ensureDisk(disk);
    const second = await cluster.readDisk(disk.name);
    expect(second?.uid).not.toBe(first?.uid);
    // A late call for the first one leaves the second alone.
    await cluster.deleteDisk({ ...of, uid: first?.uid ?? '' });
    expect(await cluster.readDisk(disk.name)).toEqual(second);
  },

  'has nothing to say about what is not there': async (given) => {
    const { cluster } = attemptIn(given);
    expect(await cluster.readJob('none')).toBeNull();
    expect(await cluster.readPod('00000000-0000-0000-0000-000000000000')).toBeNull();
    expect(await cluster.readRunOfPod('none')).toBeNull();
    expect(await cluster.readMountProblem('00000000-0000-0000-0000-000000000000')).toBeNull();
    expect(await cluster.readPodProblem('00000000-0000-0000-0000-000000000000')).toBeNull();
    expect(await cluster.readDisk('none')).toBeNull();
    await cluster.expireJob('none');
    await cluster.deleteDisk({ repoId: '7', name: 'none', uid: '00000000-0000-0000-0000-000000000000' });
  },
};
