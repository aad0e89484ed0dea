import * as z from 'zod';
import { RunId } from '../ids.ts';

/**
 * What the courier writes about an attempt, and the only proof by which a run can pass. The files come from outside of
 * the control plane: read them with these limits and schemas, never otherwise.
 */
export const resultLimits = {
  /** Bytes of `result.json`. */
  resultBytes: 256 * 1024,
  /** Bytes of `targets.json` and of each `targets-NNNNNN.json`, unpacked. */
  targetsBytes: 64 * 1024 * 1024,
  targets: 50_000,
  details: 1_000,
  failures: 200,
  failedLabels: 20,
  label: 1_024,
  text: 200,
  message: 4_096,
  objectName: 1_024,
  repairs: 20,
  phases: 32,
  missing: 200,
} as const;

const Count = z.int().min(0);
const Label = z.string().min(1).max(resultLimits.label);
const Text = z.string().max(resultLimits.text);
const ObjectName = z.string().min(1).max(resultLimits.objectName);
const Time = z.iso.datetime({ offset: true });
const ExitCode = z.int().min(-255).max(4_294_967_295);

/** Bazel's own names of a test target's status. */
export const TestStatus = z.enum([
  'PASSED',
  'FLAKY',
  'FAILED',
  'TIMEOUT',
  'INCOMPLETE',
  'REMOTE_FAILURE',
  'FAILED_TO_BUILD',
  'TOOL_HALTED_BEFORE_TESTING',
  'NO_STATUS',
]);
export type TestStatus = z.output<typeof TestStatus>;

/** One attempt of one shard of one run of a test. */
export const TestAttempt = z.object({
  run: z.int().min(1),
  shard: z.int().min(1),
  attempt: z.int().min(1),
  status: TestStatus,
  durationMs: Count.nullable(),
  startedAt: Time.nullable(),
  /** From Bazel's action cache, the disk cache or a remote one: not executed in this run. */
  cached: z.boolean(),
  strategy: Text.nullable(),
  /** Object names below the attempt's prefix; null where nothing was uploaded. */
  log: ObjectName.nullable(),
  xml: ObjectName.nullable(),
});
export type TestAttempt = z.output<typeof TestAttempt>;

/** A test target of the run, or another target that failed to build. */
export const TargetResult = z.object({
  label: Label,
  /** The rule, without the word: `sh_test`. */
  kind: Text.nullable(),
  status: TestStatus,
  /** The most attempts that one shard of one run needed; 0 if it never ran. */
  attempts: Count,
  /** Nothing of it was executed in this run. */
  cached: z.boolean(),
  /** Of all attempts together, as Bazel counts it. */
  durationMs: Count.nullable(),
  shards: Count,
  runs: Count,
  strategy: Text.nullable(),
  details: z.array(TestAttempt).max(resultLimits.details),
  /** The object name of the last failing attempt's `test.log`. */
  log: ObjectName.nullable(),
});
export type TargetResult = z.output<typeof TargetResult>;

/** Something that did not build, load or analyse. */
export const FailingAction = z.object({
  /** The target or, where nothing was loaded, the pattern. */
  label: Label.nullable(),
  /** The action's mnemonic (`CppCompile`), or `Loading` and `Analysis`. */
  type: Text.nullable(),
  exitCode: z.int().nullable(),
  /** Bazel's words without the command line, which may hold secrets. */
  message: z.string().max(resultLimits.message).nullable(),
});
export type FailingAction = z.output<typeof FailingAction>;

export const TargetsFile = z.object({
  v: z.literal(1),
  targets: z.array(TargetResult).max(resultLimits.targets),
  failures: z.array(FailingAction).max(resultLimits.failures),
});
export type TargetsFile = z.output<typeof TargetsFile>;

/**
 * `tests` is the sum of `passed`, `flaky`, `failed`, `timedOut`, `failedToBuild`, `incomplete` and `notRun`.
 * `cached` and `executed` count test targets that have a result.
 */
export const TargetCounts = z.object({
  /** Everything that was asked for, tests or not. */
  targets: Count,
  tests: Count,
  passed: Count,
  failed: Count,
  flaky: Count,
  timedOut: Count,
  cached: Count,
  executed: Count,
  /** Test targets only, so that the sum holds. */
  failedToBuild: Count,
  /** Interrupted, or halted by Bazel. */
  incomplete: Count.default(0),
  /** Known, but never started: filtered, skipped, or the run ended before. */
  notRun: Count.default(0),
});
export type TargetCounts = z.output<typeof TargetCounts>;

/** `result.json`, the last thing an attempt writes. */
export const RunResult = z.object({
  v: z.literal(1),
  runId: RunId,
  attempt: z.int().min(1).max(99),
  epoch: Count,
  /** Of Bazel, as the build script wrote it; null if the script did not come to its end. */
  exitCode: ExitCode.nullable(),
  /** The whole log is archived. */
  complete: z.boolean(),
  events: z.object({
    /** Bazel's last event was seen. */
    complete: z.boolean(),
    /** The exit code that Bazel's own events tell. */
    exitCode: ExitCode.nullable().default(null),
  }),
  bytes: Count,
  lines: Count,
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  chunks: Count,
  counts: TargetCounts,
  /** The first failed tests, at most 20. */
  failed: z.array(z.object({ label: Label, status: TestStatus })).max(resultLimits.failedLabels),
  /** The first thing that did not build, load or analyse, in Bazel's words. */
  cause: FailingAction.nullish(),
  toolchain: Text.nullable(),
  /** A hash of the target patterns and flags that Bazel was given, where they are known. */
  asked: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Processes of the build that the kernel killed at the memory limit, where it counts them. */
  oomKills: Count.default(0),
  repairs: z.array(z.object({ exitCode: ExitCode, action: Text })).max(resultLimits.repairs),
  phases: z
    .record(z.string().max(64), z.object({ startedAt: Time, finishedAt: Time.nullable() }))
    .refine((phases) => Object.keys(phases).length <= resultLimits.phases, 'too many phases'),
  /** What could not be uploaded. */
  missing: z.array(ObjectName).max(resultLimits.missing),
  logTooLarge: z.boolean(),
});
export type RunResult = z.output<typeof RunResult>;
