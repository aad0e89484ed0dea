import type { Credentials } from '../../shared/github/credentials.ts';
import type { Opener } from '../../shared/outside/keys.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import { type ErrorCode, YbError, errorCode, publicMessage } from '../../shared/errors.ts';
import type { Cluster, JobSettings, JobView } from '../../shared/outside/cluster.ts';
import { quantityOf } from '../../shared/quantity.ts';
import { jobName, diskName } from '../../shared/attempt/names.ts';
import type { Signer } from '../../shared/outside/signer.ts';
import { createUploadGrant } from '../../shared/logs/upload-policy.ts';
import type { Messenger } from '../../shared/messages/messenger.ts';
import { type OpenSecret, secretsFor } from '../../shared/repository/build-secrets.ts';
import { imageProblem } from '../../shared/repository/image.ts';
import { uncachedFlag } from '../../shared/history/test-set.ts';
import { jobSettingsFor } from '../../shared/repository/settings.ts';
import type { Run } from '../../shared/run/run.ts';
import { endedInQueue, outcomeWithoutJob } from '../../shared/run/outcome.ts';
import { isTrusted } from '../../shared/run/trust.ts';
import { changed } from '../../shared/run/transitions.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { type Repository, diskOf, type DiskSettings } from '../../shared/store/repositories.ts';
import { type StoredSecret, readSecrets, secretPlace } from '../../shared/store/repository-secrets.ts';
import { readRun } from '../../shared/store/runs.ts';
import { releases } from '../../shared/store/slots.ts';
import { type Held, saveLease } from '../../shared/store/volumes.ts';
import { fenced, released } from '../../shared/volume/lease.ts';

/** Makes the Jobs of attempts. Every call may be made twice: a Job's name says whose attempt it is. */
export interface JobStarter {
  /** The repository's own secrets that a run may be given, still sealed. May be read while a volume is claimed. */
  secretsOf(run: Pick<Run, 'repoId' | 'trust'>): Promise<readonly StoredSecret[]>;
  /** Makes the Job of a claimed run, with its Secret and its volume's claim, and records it. */
  start(repository: Repository, start: Start): Promise<void>;
  /**
   * Ends an attempt whose Job nobody has recorded, without making it: one that is there is ended, and its volume is free when it is gone.
   * @throws YbError `kubernetes-unavailable` as long as the Job may still be on its way
   */
  abandon(lease: Held): Promise<void>;
}

interface Start {
  readonly lease: Held;
  readonly secrets: readonly StoredSecret[];
  /** Somebody claimed the volume before, and may have asked for the Job. */
  readonly resumed: boolean;
}

export interface JobStarterOptions {
  readonly documents: Documents;
  readonly cluster: Cluster;
  readonly messenger: Messenger;
  readonly signer: Signer;
  readonly credentials: Credentials;
  /** Opens the repository's own secrets. */
  readonly secretKey: Opener;
  readonly clock: Clock;
  readonly settings: {
    readonly job: JobSettings;
    /** Base of clone URLs as a Job reaches it. */
    readonly gitUrl: string;
    readonly bucket: string;
    /** The storage as a Job reaches it. */
    readonly storageEndpoint: string;
    /** From which build images may come; null for any, of this machine too. */
    readonly registries: readonly string[] | null;
    readonly volumes: DiskSettings;
  };
}

/** By the cluster, the keys, GitHub, and the installation's own settings. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  'kubernetes-refused',
  'unreadable-secret',
  'unprocessable',
  'github-not-found',
  'github-refused',
  'github-unauthorized',
]);

/** Uploads may go on for this long after the deadline and the Pod's grace. */
const uploadMarginSeconds = 600;

export function createJobStarter(options: JobStarterOptions): JobStarter {
  return {
    async secretsOf({ repoId, trust }) {
      return isTrusted(trust) ? await readSecrets(options.documents, repoId) : [];
    },
    async start(repository, start) {
      const { lease } = start;
      try {
        await startJob(options, repository, start);
      } catch (error) {
        // What is refused for ever must not wait for ever: the run ends and says why.
        if (!refusals.has(errorCode(error)) && !isForbiddenForLong(options, start, error)) throw error;
        await giveUp(options, start, error);
      }
      await options.messenger.publish({ v: 1, type: 'run.changed', runId: lease.run.value.id });
    },
    async abandon(lease) {
      const gone = new YbError('not-found', 'the repository is no longer registered');
      await giveUp(options, { lease, secrets: [], resumed: true }, gone);
      await options.messenger.publish({ v: 1, type: 'run.changed', runId: lease.run.value.id });
    },
  };
}

async function startJob(
  options: JobStarterOptions,
  registered: Repository,
  { lease, secrets: sealed }: Start,
): Promise<void> {
  const { settings, cluster } = options;
  const run = lease.run.value;
  const repository = isTrusted(run.trust) ? registered : withoutSubmodules(registered);
  const volume = lease.volume.value;
  checkImage(repository, settings.registries);
  const token = (await options.credentials.tokenFor(repository, 'checkout')) ?? '';
  const secrets = secretsFor(run.trust, await openSecrets(options, repository.id, sealed));
  const { submodules } = repository.settings;
  const cloneUrl = ({ fullName }: { readonly fullName: string }): string => `${settings.gitUrl}/${fullName}.git`;
  const jobSettings = withCache(jobSettingsFor(settings.job, repository.settings), run);
  // The Job first: its uid makes it the owner of the Secret, and the kubelet waits for that.
  const job = await cluster.createJob({
    kind: 'attempt',
    name: run.job?.name ?? jobName(run),
    run: { id: run.id, attempt: run.attempt, repoId: run.repoId, ref: run.ref, sha: run.sha },
    repository: {
      fullName: repository.fullName,
      cloneUrl: cloneUrl(repository),
      defaultBranch: repository.defaultBranch,
      ...(submodules === undefined ? {} : { submoduleUrls: submodules.map(cloneUrl) }),
    },
    epoch: volume.epoch,
    diskName: diskName(repository.id, volume.index),
    secrets: secrets.map(({ name }) => name),
    limits: {
      memoryBytes: quantityOf(jobSettings.resources.memory),
      diskBytes: repository.volumes.sizeGiB * 1024 ** 3,
      logBytes: jobSettings.maxLogBytes,
    },
    settings: jobSettings,
  });
  const upload = await createUploadGrant({
    signer: options.signer,
    bucket: settings.bucket,
    endpoint: settings.storageEndpoint,
    runId: run.id,
    attempt: run.attempt,
    now: options.clock.now(),
    expiresAt: expiry(options.clock.now(), jobSettings),
    maxBytes: settings.job.maxLogBytes,
  });
  await Promise.all([
    cluster.ensureSecret({ job, token, upload, secrets }),
    cluster.ensureDisk(diskOf(repository, volume.index, settings.volumes)),
  ]);
  await record(options, lease, job.uid);
}

/** Where somebody asked for it, no test's result is taken from a cache; a flag of the commit's own `.yb.yaml` comes after this one. */
function withCache(settings: JobSettings, { uncached }: Run): JobSettings {
  const { bazel } = settings;
  return uncached ? { ...settings, bazel: { ...bazel, flags: [...bazel.flags, uncachedFlag] } } : settings;
}

/** What an owner lets a submodule read is for the repository's own commits: a fork's could name any of it and print it. */
function withoutSubmodules(repository: Repository): Repository {
  const { submodules: _, ...settings } = repository.settings;
  return { ...repository, settings };
}

/** Asked again here: the settings may be older than what the installation allows. @throws YbError `unprocessable` */
function checkImage({ settings }: Repository, registries: readonly string[] | null): void {
  const problem = settings.buildImage === undefined ? null : imageProblem(settings.buildImage, registries);
  if (problem !== null) throw new YbError('unprocessable', `the build image of the repository's settings: ${problem}`);
}

function expiry(now: Date, { deadlineSeconds, graceSeconds }: JobSettings): Date {
  return new Date(now.getTime() + (deadlineSeconds + graceSeconds + uploadMarginSeconds) * 1000);
}

/** The repository's own secrets. Only ever opened here, on their way into an attempt's Secret. */
async function openSecrets(
  { secretKey }: JobStarterOptions,
  repoId: string,
  sealed: readonly StoredSecret[],
): Promise<readonly OpenSecret[]> {
  return await Promise.all(
    sealed.map(async ({ name, sealed: value }) => ({
      name,
      value: await secretKey.open(secretPlace(repoId, name), value),
    })),
  );
}

/** Writes the Job's uid into the run and the lease; whoever cancelled the run meanwhile could not know the Job yet. */
async function record(options: JobStarterOptions, lease: Held, uid: string, run: Run = lease.run.value): Promise<void> {
  const volume = lease.volume.value;
  try {
    await saveLease(options.documents, lease, {
      run: changed(run, { type: 'job-created', uid, at: options.clock.now() }),
      volume: { ...volume, holder: { runId: run.id, attempt: run.attempt, jobUid: uid } },
    });
  } catch (error) {
    if (errorCode(error) !== 'conflict') throw error;
    const now = await readRun(options.documents, run.id);
    if (now === null || now.value.attempt !== run.attempt) return;
    // Still without its uid: the next look at the repository goes on from here.
    if (now.value.job?.uid === null)
      throw new YbError('conflict', 'the run changed while its Job was made', { cause: error });
  }
}

/** A quota may be free again when others have ended, and who runs the installation may give a right. */
const forbiddenMilliseconds = 5 * 60_000;

function isForbiddenForLong({ clock }: JobStarterOptions, { lease }: Start, error: unknown): boolean {
  const since = lease.run.value.job?.claimedAt ?? null;
  if (errorCode(error) !== 'kubernetes-forbidden' || since === null) return false;
  return clock.now().getTime() - since.getTime() >= forbiddenMilliseconds;
}

/** So long an API server may still be doing what it was asked to do and nobody heard the answer of; it gives up after a minute. */
const longestRequestMilliseconds = 120_000;

/** Who may make nothing may not be let look either. */
async function readOwnJob(cluster: Cluster, name: string): Promise<JobView | null | 'unknown'> {
  try {
    return await cluster.readJob(name);
  } catch (error) {
    if (errorCode(error) !== 'kubernetes-forbidden') throw error;
    return 'unknown';
  }
}

/**
 * Ends a run whose Job cannot be made whole. A Job that is there may write: it is ended like any other that was given up, and its
 * volume is free when it is gone. Where none is there, none may still come.
 */
async function giveUp(options: JobStarterOptions, { lease, resumed }: Start, refusal: unknown): Promise<void> {
  const { cluster, clock, documents, messenger } = options;
  const run = lease.run.value;
  const why = publicMessage(refusal);
  const job = await readOwnJob(cluster, run.job?.name ?? jobName(run));
  if (job !== null && job !== 'unknown') {
    const abandoned = changed(run, { type: 'abandoned', code: 'job-refused', detail: why, at: clock.now() });
    await record(options, lease, job.uid, abandoned);
    return;
  }
  const asked = run.job?.claimedAt ?? clock.now();
  if (resumed && clock.now().getTime() - asked.getTime() < longestRequestMilliseconds)
    throw new YbError('kubernetes-unavailable', 'the Job may still be on its way', { cause: refusal });
  const also = await releases(documents, run);
  const at = clock.now();
  const left = { condition: 'good', warm: null, reason: why, at } as const;
  const outcome = outcomeWithoutJob({ code: 'job-refused', reason: `The Job could not be made: ${why}` });
  await saveLease(documents, lease, {
    also,
    // Whose end somebody has asked for ends so.
    run:
      run.cancel === null
        ? changed(run, { type: 'finished', at, log: null, phases: {}, outcome })
        : endedInQueue(run, at),
    // Where no Job exists, nobody has written to it; where nobody may look, that is shown later.
    volume: (job === null ? released : fenced)(lease.volume.value, left),
  });
  await messenger.publish({ v: 1, type: 'volume.freed', repoId: run.repoId });
}
