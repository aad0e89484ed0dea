/**
 * The cluster in which Jobs run, in this system's own words: what a Job is made of, not how a manifest is written. Every
 * call may be made again after any outcome. Errors are YbErrors: `kubernetes-unavailable` if the same call can succeed
 * later, `kubernetes-forbidden` if a right, a quota or a policy stands against it, which somebody may change, and
 * `kubernetes-refused` if what was asked for is wrong; the last two with the cluster's words.
 */
export interface Cluster {
  /** Makes a Job; one that is there under this name is left as it is, and `created` is false. */
  createJob(job: AttemptJob | CleaningJob): Promise<MadeJob>;
  /** Null if there is no such Job (any more). */
  readJob(name: string): Promise<JobView | null>;
  /** Jobs of this system that are not over and were made before a time, in any order. */
  workingJobs(madeBefore: Date): Promise<readonly WorkingJob[]>;
  /** The Pod of a Job; of several, the one that still runs, else the newest. Null if there is none (any more). */
  readPod(jobUid: string): Promise<PodView | null>;
  /** Which run a Pod of this system belongs to; null if there is no such Pod (any more), or it is not ours. */
  readRunOfPod(name: string): Promise<string | null>;
  /** Why a Pod's volume could not be attached or mounted, in the cluster's words; null if nothing is known of that. */
  readMountProblem(podUid: string): Promise<string | null>;
  /** Why a Job's Pod is not made (a quota, a policy), in the cluster's words; null if nothing is known of that. */
  readPodProblem(jobUid: string): Promise<string | null>;
  /** Makes an attempt's Secret if none is there under its Job's name; what is there is left as it is and not read. */
  ensureSecret(secret: AttemptSecret): Promise<void>;
  /** Makes a disk if none is there under its name. */
  ensureDisk(disk: Disk): Promise<void>;
  /** The uid of a disk; null if there is none under this name. One that is being deleted is still there. */
  readDisk(name: string): Promise<{ readonly uid: string } | null>;
  /**
   * Deletes a repository's disk with what is on it, as soon as no Pod uses it; Pods that are over and only keep it are let go of.
   * One of another uid under this name is left alone; nothing happens if there is none.
   */
  deleteDisk(disk: { readonly repoId: string; readonly name: string; readonly uid: string }): Promise<void>;
  /**
   * Has a Job end in an orderly way, by a deadline that has passed: its programs get SIGTERM and their grace, and the Job
   * fails with `DeadlineExceeded` when they are gone, with an event. Does nothing to a Job that is over or not there.
   */
  expireJob(name: string): Promise<void>;
}

/** A Job that goes on, and for what it was made, as far as its labels say it. */
export interface WorkingJob {
  readonly name: string;
  readonly of:
    | { readonly kind: 'attempt'; readonly runId: string; readonly attempt: number }
    | { readonly kind: 'cleaning'; readonly repoId: string; readonly volume: number }
    | null;
}

export interface MadeJob {
  readonly name: string;
  readonly uid: string;
  readonly created: boolean;
}

/** Keeps a Pod off all nodes but those that tolerate it. */
export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  readonly tolerationSeconds?: number;
}

/** What an installation decides about every Pod, whatever it does: where it runs and how its images come. */
export interface PlaceSettings {
  /** Holds our own programs under /app. */
  readonly runnerImage: string;
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** `gvisor` unless the installation has one customer; null for the node's own. */
  readonly runtimeClassName: string | null;
  readonly serviceAccountName?: string;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
}

/** What Bazel is told by the installation and the repository's owner. */
export interface BazelSettings {
  readonly targets: readonly string[];
  readonly flags: readonly string[];
  readonly flakyAttempts: number;
  readonly diskCacheBytes: number;
}

/** What an installation and the repository's owner decide about every attempt's Job. */
export interface JobSettings extends PlaceSettings {
  readonly buildImage: string;
  /** The build's image is pulled at each start, whatever the node has. */
  readonly pullsBuildImage?: boolean;
  /** From the Job's start, waiting for a node included. */
  readonly deadlineSeconds: number;
  /** From SIGTERM to KILL: the time that the courier has for its uploads. */
  readonly graceSeconds: number;
  readonly resources: { readonly cpu: string; readonly memory: string; readonly ephemeralStorage?: string };
  /** Of /dev/shm; what is written there counts into the memory limit. */
  readonly shmBytes: number;
  readonly maxLogBytes: number;
  /** Plain http and loopback: the local system alone. */
  readonly allowInsecure: boolean;
  readonly bazel: BazelSettings;
  /** What shall be free on the volume when a run starts. */
  readonly room?: { readonly bytes: number; readonly inodes: number };
}

/** What an attempt may use, in bytes: named where one of them was reached. */
export interface JobLimits {
  readonly memoryBytes: number | null;
  readonly diskBytes: number | null;
  readonly logBytes: number | null;
}

/** The Job of one attempt of a run. It holds no secret: its text stands in the cluster's audit log. */
export interface AttemptJob {
  readonly kind: 'attempt';
  readonly name: string;
  readonly run: {
    readonly id: string;
    readonly attempt: number;
    readonly repoId: string;
    readonly ref: string;
    readonly sha: string;
  };
  readonly repository: {
    readonly fullName: string;
    readonly cloneUrl: string;
    readonly defaultBranch: string;
    /** Addresses of other repositories at which the credential may be shown. */
    readonly submoduleUrls?: readonly string[];
  };
  /** Of the volume's lease. */
  readonly epoch: number;
  readonly diskName: string;
  /** Names of the repository's own secrets that the build is given. */
  readonly secrets: readonly string[];
  readonly limits?: JobLimits;
  readonly settings: JobSettings;
}

/** The Job that cleans one volume under an epoch: it holds the volume, no secret and no right. */
export interface CleaningJob {
  readonly kind: 'cleaning';
  readonly name: string;
  readonly repoId: string;
  /** The volume's index. */
  readonly volume: number;
  readonly epoch: number;
  readonly diskName: string;
  readonly settings: PlaceSettings;
}

/** What an attempt may know that nobody else may. Its Job owns it, so that it goes when the Job goes. */
export interface AttemptSecret {
  readonly job: { readonly name: string; readonly uid: string };
  /** With which checkout reads the repository; empty for a public one. */
  readonly token: string;
  /** The repository's own, for the build. */
  readonly secrets: readonly { readonly name: string; readonly value: string }[];
  /** What the courier may upload, and where. */
  readonly upload: object;
}

/**
 * `ReadWriteOncePod`: the cluster itself gives a volume to one Pod at a time, the lock under the lease. `ReadWriteOnce`, for
 * storage that knows no more, lets Pods of one node share it: the lease, its epoch and the lock file stand alone then.
 */
export type AccessMode = 'ReadWriteOncePod' | 'ReadWriteOnce';

/** The disk behind one volume. */
export interface Disk {
  readonly name: string;
  /** Null for the cluster's default. */
  readonly storageClass: string | null;
  readonly accessMode: AccessMode;
  readonly sizeGiB: number;
}

/** What this system reads of a Job: the fields that decide, and nothing else. */
export interface JobView {
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Pods that exist and have not ended. */
  readonly active: number;
  /** The condition that ends a Job. Kubernetes sets it only when no Pod of the Job is left running. */
  readonly terminal: 'Complete' | 'Failed' | null;
  /** Of the terminal condition, or of a failure that is decided while the Job's Pods still come to their end. */
  readonly reason: string | null;
  readonly message: string | null;
  /** Since when that condition holds; null while none does. */
  readonly endedAt: Date | null;
  readonly createdAt: Date | null;
  readonly startTime: Date | null;
  readonly activeDeadlineSeconds: number | null;
  /** What its attempt may use, in bytes, as far as it says. */
  readonly limits: { readonly memoryBytes?: number; readonly diskBytes?: number; readonly logBytes?: number };
}

/** What this system reads of a Pod. */
export interface PodView {
  readonly name: string;
  readonly uid: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly reason: string | null;
  readonly message: string | null;
  readonly scheduled: boolean;
  /** Why no node takes it, in the scheduler's words; null if it is scheduled or nobody has looked yet. */
  readonly unschedulable: string | null;
  /** Somebody has asked for its end. */
  readonly deleting: boolean;
  /** Why the platform took the Pod away (eviction, preemption, a lost node), if it did. */
  readonly disruption: { readonly reason: string | null; readonly message: string | null } | null;
  /** What the build runs in, with its digest, once the node has it. */
  readonly buildImage?: string;
  readonly containers: {
    readonly courier: ContainerView | null;
    readonly checkout: ContainerView | null;
    readonly build: ContainerView | null;
    /** Of a Pod that cleans a volume. */
    readonly cleaning?: ContainerView | null;
  };
}

/** The state of one container; what does not belong to the state is null. */
export interface ContainerView {
  readonly state: 'waiting' | 'running' | 'terminated';
  readonly reason: string | null;
  /** Of a terminated container: the last words that its program left. */
  readonly message: string | null;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly restartCount: number;
}
