import { diskName, jobName } from '../../shared/attempt/names.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import { errorCode, publicMessage, YbError } from '../../shared/errors.ts';
import type { Cluster, JobSettings } from '../../shared/outside/cluster.ts';
import { stillFenced, unfenced } from '../../shared/volume/lease.ts';
import { hasEnded, isGone, readWriter, type Writer } from '../../shared/volume/writer.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { Stored } from '../../shared/store/record.ts';
import { type Repository, type DiskSettings, diskOf } from '../../shared/store/repositories.ts';
import { saveVolume } from '../../shared/store/volumes.ts';
import {
  cleaned,
  cleaningFailed,
  cleaningHeldUp,
  cleaningJobMade,
  cleaningStarted,
  isDue,
} from '../../shared/volume/cleaning.ts';
import type { Volume } from '../../shared/volume/volume.ts';
import { type CleaningObservation, nextCleaningStep } from './cleaning-step.ts';

/** Gives volumes that were put aside back, clean. Every call may be made again after any outcome. */
export interface Cleaner {
  /**
   * Does for a volume what is due, as far as it can be done now.
   * @returns what happened, for the log; null if nothing is due
   */
  clean(repository: Repository, volume: Stored<Volume>): Promise<string | null>;
}

export interface CleanerOptions {
  readonly documents: Documents;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly settings: { readonly job: JobSettings; readonly volumes: DiskSettings };
}

/** A volume that was put aside, as it is stored now. */
interface Aside {
  readonly repository: Repository;
  readonly volume: Stored<Volume>;
}

/** Claiming, removing a claim, making the Job: more steps than that no look has. */
const maxSteps = 4;

export function createCleaner(options: CleanerOptions): Cleaner {
  return {
    async clean(repository, volume) {
      // Whatever the time: who calls may have heard that its writer is gone.
      if (volume.value.state === 'fenced') return await unfence(options, volume);
      if (!isDue(volume.value, options.clock.now())) return null;
      const did: string[] = [];
      let aside: Aside | null = { repository, volume };
      for (let steps = 0; aside !== null && steps < maxSteps; steps += 1) {
        aside = await takeStep(options, aside, did);
      }
      return did.join(', ');
    },
  };
}

/** Frees a volume whose attempt was decided before its writer was gone, on the proof that it is now. */
async function unfence({ documents, cluster, clock }: CleanerOptions, before: Stored<Volume>): Promise<string | null> {
  const { holder } = before.value;
  const at = clock.now();
  if (holder === null) throw new YbError('malformed-document', 'a fenced volume has no writer');
  const name = jobName({ id: holder.runId, attempt: holder.attempt });
  const unseen = holder.jobUid === null ? await cluster.readJob(name) : null;
  if (unseen !== null) {
    // Nobody could look whether it was made. It is told to end, and its end is waited for like any other's.
    await cluster.expireJob(name);
    const known = { ...before.value, holder: { ...holder, jobUid: unseen.uid } };
    await saveVolume(documents, before, stillFenced(known, `the Job ${name} is there`, at));
    return 'fenced';
  }
  const writer =
    holder.jobUid === null ? { job: null, pod: null } : await readWriter(cluster, { name, uid: holder.jobUid });
  if (isGone(writer)) {
    const next = unfenced(before.value, at);
    await saveVolume(documents, before, next);
    return next.state;
  }
  if (!isDue(before.value, at)) return null;
  await saveVolume(documents, before, stillFenced(before.value, remains(writer), at));
  return 'fenced';
}

function remains({ job, pod }: Writer): string {
  if (pod?.deleting === true) return `the Pod ${pod.name} is being deleted and does not end`;
  if (pod !== null && !hasEnded(pod)) return `the Pod ${pod.name} is there`;
  return `the Job ${job?.name ?? ''} is not over`;
}

/** @returns the volume as it is now, if there may be more to do at once */
async function takeStep(options: CleanerOptions, aside: Aside, did: string[]): Promise<Aside | null> {
  const { repository, volume } = aside;
  const at = options.clock.now();
  const seen = await observe(options, aside);
  const step = nextCleaningStep(volume.value, seen, at);
  did.push(step.type);
  const save = async (next: Volume): Promise<Aside> => ({
    repository,
    volume: await saveVolume(options.documents, volume, next),
  });
  switch (step.type) {
    case 'start':
      return await save(cleaningStarted(volume.value, { repoId: repository.id, at, replaces: step.replaces }));
    case 'remove-disk':
      await options.cluster.deleteDisk({
        repoId: repository.id,
        name: diskName(repository.id, volume.value.index),
        uid: step.uid,
      });
      // It may be gone at once, or only when somebody has let go of it.
      return did.at(-2) === 'remove-disk' ? null : aside;
    case 'make-job':
      return await makeJob(options, aside, { name: step.name, save });
    case 'cleaned':
      await save(cleaned(volume.value, at));
      return null;
    case 'failed':
      await save(cleaningFailed(volume.value, { problem: step.problem, at }));
      return null;
    case 'wait':
      if (step.problem !== null && step.problem !== volume.value.cleaning?.problem) {
        await save(cleaningHeldUp(volume.value, step.problem));
      }
      return null;
  }
}

async function makeJob(
  options: CleanerOptions,
  { repository, volume }: Aside,
  { name, save }: { readonly name: string; readonly save: (next: Volume) => Promise<Aside> },
): Promise<Aside | null> {
  const { cluster, settings, clock } = options;
  const { index, epoch } = volume.value;
  try {
    // The claim first: whether a disk is replaced was decided by its uid.
    await cluster.ensureDisk(diskOf(repository, index, settings.volumes));
    const job = await cluster.createJob({
      kind: 'cleaning',
      name,
      repoId: repository.id,
      volume: index,
      epoch,
      diskName: diskName(repository.id, index),
      settings: settings.job,
    });
    await save(cleaningJobMade(volume.value, job.uid));
  } catch (error) {
    if (errorCode(error) !== 'kubernetes-refused') throw error;
    // One that is there was made by somebody who has not recorded it yet.
    if ((await cluster.readJob(name)) !== null) throw error;
    await save(cleaningFailed(volume.value, { problem: publicMessage(error), at: clock.now() }));
  }
  return null;
}

async function observe({ cluster }: CleanerOptions, { repository, volume }: Aside): Promise<CleaningObservation> {
  const { state, index, cleaning } = volume.value;
  const job = cleaning?.job ?? null;
  if (state !== 'cleaning' || job === null || job.uid === null) {
    const claim = await cluster.readDisk(diskName(repository.id, index));
    return { diskUid: claim?.uid ?? null, job: null, pod: null, mountProblem: null };
  }
  const writer = await readWriter(cluster, { name: job.name, uid: job.uid });
  const { pod } = writer;
  const waits = pod?.phase === 'Pending' && pod.scheduled;
  const mountProblem = waits ? await cluster.readMountProblem(pod.uid) : null;
  return { diskUid: null, ...writer, mountProblem };
}
