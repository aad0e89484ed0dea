import { buildExitCodes, checkoutExitCodes } from '../attempt/exit-codes.ts';
import type { Fault, VerdictName } from './run.ts';
import type { z } from 'zod';

/** Attempts of a run, the first one included. */
export const maxAttempts = 3;

export interface VerdictRow {
  readonly verdict: VerdictName;
  readonly fault: z.output<typeof Fault>;
  /** How often it is tried again, within {@link maxAttempts}. With 1, all causes of that kind share the one retry. */
  readonly retries: 0 | 1 | 2;
  /** Whether it counts against the volume. */
  readonly volume: 'good' | 'suspect';
  /** When it is given, for the documentation. */
  readonly when: string;
}

const proved = { retries: 0, volume: 'good' } as const;
const asked = { fault: 'nobody', retries: 0, volume: 'good' } as const;
const limit = { verdict: 'broken', fault: 'author', retries: 1, volume: 'good' } as const;
const outage = { verdict: 'infrastructure', fault: 'infrastructure', retries: 2, volume: 'good' } as const;
const damage = { verdict: 'infrastructure', fault: 'infrastructure', retries: 2, volume: 'suspect' } as const;
const refusal = { verdict: 'infrastructure', fault: 'settings', retries: 0, volume: 'good' } as const;
const unfit = { verdict: 'broken', fault: 'author', retries: 0, volume: 'good' } as const;

/**
 * Every cause by which an attempt ends, and what follows from it. The keys are the stable codes of the API; the document
 * `docs/verdicts.md` shows this table and a test holds the two together.
 */
export const verdictTable = {
  // What Bazel proved.
  passed: {
    ...proved,
    verdict: 'passed',
    fault: 'nobody',
    when: 'every test that Bazel ran passed, some of them perhaps flaky',
  },
  'tests-failed': {
    ...proved,
    verdict: 'failed',
    fault: 'author',
    when: 'tests failed or timed out, and everything was built',
  },
  'build-failed': { ...unfit, when: 'something does not load, analyse or build, whatever the tests say' },
  'bad-options': { ...unfit, when: 'Bazel refuses its options or a `.bazelrc`' },
  'no-tests': {
    ...proved,
    verdict: 'no-tests',
    fault: 'nobody',
    when: "no tests, and the branch's last finished run had none either",
  },
  'tests-disappeared': {
    ...proved,
    verdict: 'no-tests',
    fault: 'author',
    when: "no tests, though the branch's last finished run had some or there was none",
  },

  // What somebody asked for.
  cancelled: { ...asked, verdict: 'cancelled', when: 'a person stopped it before its result was proved' },
  superseded: { ...asked, verdict: 'superseded', when: 'a newer push of the branch took its place' },
  skipped: { ...asked, verdict: 'skipped', when: 'its author did not want its tests: `[skip ci]`' },
  'not-approved': { ...asked, verdict: 'cancelled', when: "nobody allowed a fork's commit within two weeks" },
  deadline: {
    verdict: 'timed-out',
    fault: 'author',
    retries: 0,
    volume: 'good',
    when: "the run's deadline passed before its result was proved",
  },

  // Limits that the author's code can reach.
  'out-of-memory': { ...limit, when: 'the kernel killed a process of the build at the memory limit' },
  'heap-exhausted': { ...limit, when: "Bazel's own heap was full" },
  'disk-full': { ...limit, when: 'the volume was full, also after space was freed' },
  'storage-exceeded': { ...limit, when: 'the build wrote more outside of its volume than a Pod may' },
  'log-too-large': { ...limit, when: 'the log grew beyond its limit' },

  // What the commit or the settings lack.
  'commit-gone': { ...asked, verdict: 'superseded', when: 'the repository no longer has the commit' },
  'no-workspace': { ...unfit, when: 'the root has neither `MODULE.bazel` nor `WORKSPACE` nor `WORKSPACE.bazel`' },
  'bad-configuration': { ...unfit, when: '`.yb.yaml` is wrong' },
  'no-bazel': {
    ...unfit,
    fault: 'settings',
    when: 'the build image has no Bazel, or not the version of `.bazelversion`',
  },
  'sources-missing': {
    ...unfit,
    fault: 'settings',
    when: "a submodule or a file of Git LFS is not to be had, or not with the repository's credential",
  },
  'bad-credential': { ...refusal, when: "the host refuses the repository's credential" },
  'image-invalid': { ...refusal, when: "an image's name is not valid" },
  'image-unusable': { ...refusal, when: 'the build image cannot start the build script: it has no `sh`' },
  'image-missing': { ...refusal, retries: 1, when: 'an image could not be pulled' },
  'job-refused': {
    ...refusal,
    when: 'the cluster refuses to make the Job, or a quota, a policy or a missing right forbids it for minutes',
  },
  'pod-refused': {
    ...refusal,
    when: "the cluster does not make the Job's Pod: a quota or a policy forbids it for minutes",
  },

  // Where the Pod came to an end.
  'not-scheduled': { ...outage, when: 'no node took the Pod' },
  'not-started': { ...outage, when: 'a node took the Pod, and its containers never ran' },
  'volume-not-mounted': { ...damage, when: 'the volume could not be attached or mounted' },
  evicted: { ...outage, when: 'the Pod was evicted' },
  preempted: { ...outage, when: 'a more important Pod took its place' },
  'node-gone': { ...outage, when: 'the node was lost or shut down' },
  disrupted: { ...outage, when: 'the cluster ended the Pod for another reason' },
  'pod-gone': { ...outage, when: 'the Pod was deleted, or nobody knows what became of it' },
  // Of an attempt that still holds its lease: the disk is ahead of what is written down of it.
  'stale-lease': { ...damage, when: "the volume has seen a later attempt's lease" },
  'volume-damaged': { ...damage, when: 'the volume cannot be read or written, or its epoch cannot' },
  'volume-busy': { ...outage, when: "another process held the volume's lock" },
  'checkout-failed': { ...outage, when: 'the commit could not be checked out' },
  'courier-died': { ...outage, when: 'the courier, which brings the results, ended before it had brought them' },
  'result-missing': { ...outage, when: 'the build ended, and no result of this attempt proves how' },
  unproved: {
    ...outage,
    when: "exit code 0 or 4 without its proofs: Bazel's last event, the container's own exit code, and no test unaccounted for",
  },

  // What Bazel calls infrastructure.
  interrupted: { ...outage, when: 'Bazel was interrupted, and nobody had asked for it' },
  'lock-held': { ...outage, when: "another command held Bazel's lock" },
  'remote-environment': { ...outage, when: 'the environment of remote execution failed' },
  'remote-error': { ...outage, when: 'remote execution or a remote cache failed' },
  'local-environment': { ...outage, when: 'Bazel finds its environment unfit' },
  'installation-damaged': {
    ...damage,
    when: 'Bazel finds its environment unfit, also after its installation was renewed',
  },
  'bazel-crashed': { ...outage, when: "Bazel's server crashed or was killed" },
  'output-damaged': { ...damage, when: "Bazel's server crashed, also after its output base was dropped" },
  'results-service': { ...outage, when: "Bazel's upload of build events failed" },
  'cache-evicted': { ...outage, when: 'a remote cache lost what Bazel needed' },
  'external-dependencies': { ...outage, when: 'external dependencies could not be fetched' },
  'unknown-exit-code': { ...outage, when: 'an exit code that is in no table' },
  'repeated-exit-code': { ...unfit, when: 'the same exit code that is in no table, on two different volumes' },
} as const satisfies Record<string, VerdictRow>;

export type VerdictCode = keyof typeof verdictTable;

export function isVerdictCode(code: string): code is VerdictCode {
  return Object.hasOwn(verdictTable, code);
}

/**
 * What each exit code of Bazel, the build script and the checkout stands for. 0 and 4 stand for it only with their proofs;
 * for 36 and 37 the repairs that were tried decide which of two it is.
 */
export const exitCodeTable: ReadonlyMap<number, VerdictCode> = new Map([
  [0, 'passed'],
  [1, 'build-failed'],
  [2, 'bad-options'],
  [3, 'tests-failed'],
  [4, 'no-tests'],
  [7, 'build-failed'],
  [8, 'interrupted'],
  [9, 'lock-held'],
  [32, 'remote-environment'],
  [33, 'heap-exhausted'],
  [34, 'remote-error'],
  [36, 'local-environment'],
  [37, 'bazel-crashed'],
  [38, 'results-service'],
  [39, 'cache-evicted'],
  [45, 'results-service'],
  [48, 'external-dependencies'],
  [checkoutExitCodes.staleLease, 'stale-lease'],
  [checkoutExitCodes.checkoutFailed, 'checkout-failed'],
  [checkoutExitCodes.commitGone, 'commit-gone'],
  [checkoutExitCodes.noWorkspace, 'no-workspace'],
  [checkoutExitCodes.badConfiguration, 'bad-configuration'],
  [checkoutExitCodes.badCredential, 'bad-credential'],
  [checkoutExitCodes.volumeFull, 'disk-full'],
  [checkoutExitCodes.sourcesMissing, 'sources-missing'],
  [checkoutExitCodes.volumeDamaged, 'volume-damaged'],
  [buildExitCodes.volumeBusy, 'volume-busy'],
  [buildExitCodes.noBazel, 'no-bazel'],
] as const);

export function codeOfExit(exitCode: number): VerdictCode {
  return exitCodeTable.get(exitCode) ?? 'unknown-exit-code';
}

/** Why a Pod as a whole ended, by its `reason` or by that of its `DisruptionTarget` condition. */
export const podReasonTable: ReadonlyMap<string, VerdictCode> = new Map([
  ['Evicted', 'evicted'],
  ['EvictionByEvictionAPI', 'evicted'],
  // Node pressure, a node's shutdown or a critical Pod: where the Pod itself tells which, that counts.
  ['TerminationByKubelet', 'evicted'],
  ['DeletionByDeviceTaintManager', 'evicted'],
  ['Preempting', 'preempted'],
  ['Preempted', 'preempted'],
  ['PreemptionByScheduler', 'preempted'],
  ['NodeLost', 'node-gone'],
  ['NodeShutdown', 'node-gone'],
  ['Shutdown', 'node-gone'],
  ['Terminated', 'node-gone'],
  ['DeletionByTaintManager', 'node-gone'],
  ['DeletionByPodGC', 'node-gone'],
  // A kubelet that refuses what the scheduler gave it.
  ['UnexpectedAdmissionError', 'not-started'],
  ['InitContainerRestartPolicyForbidden', 'not-started'],
  ['InvalidNodeInfo', 'not-started'],
  ['NodeAffinity', 'not-started'],
  ['NodeName', 'not-started'],
  ['OutOfcpu', 'not-started'],
  ['OutOfephemeral-storage', 'not-started'],
  ['OutOfmemory', 'not-started'],
  ['OutOfpods', 'not-started'],
  ['TaintToleration', 'not-started'],
  ['TopologyAffinityError', 'not-started'],
  ['VolumeAttachmentLimitExceeded', 'not-started'],
] as const);

/** Why a container does not run, by the reason of its state. */
export const containerReasonTable: ReadonlyMap<string, VerdictCode> = new Map([
  ['InvalidImageName', 'image-invalid'],
  ['ErrImageNeverPull', 'image-missing'],
  ['ErrImagePull', 'image-missing'],
  ['ImagePullBackOff', 'image-missing'],
  ['ImageInspectError', 'image-missing'],
  ['RegistryUnavailable', 'image-missing'],
  ['SignatureValidationFailed', 'image-missing'],
  ['ContainerCannotRun', 'image-unusable'],
  ['StartError', 'image-unusable'],
  ['CreateContainerConfigError', 'not-started'],
  ['CreateContainerError', 'not-started'],
  ['PreCreateHookError', 'not-started'],
  ['PreStartHookError', 'not-started'],
  ['RunContainerError', 'not-started'],
] as const);
