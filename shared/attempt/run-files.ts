import * as z from 'zod';

/** Names in the run's folder (`YB_RUN_DIR`), which checkout and build write and the courier reads. */
export const runFiles = {
  buildScript: 'bin/build.sh',
  /** What the build script needs to know, a `name=value` a line: a POSIX shell has no JSON. */
  parameters: 'bin/parameters',
  job: 'job.json',
  log: 'log',
  events: 'bep.ndjson',
  profile: 'profile.gz',
  testLogs: 'testlogs',
  /** What failing actions wrote to their standard outputs. */
  actions: 'actions',
  exit: 'exit',
} as const;

const Time = z.iso.datetime({ offset: true });

/** `job.json`: what checkout made of the commit, for people and for the times of the phases. */
export const JobFile = z.object({
  v: z.literal(1),
  runId: z.string(),
  attempt: z.int(),
  epoch: z.int(),
  repository: z.string(),
  ref: z.string(),
  sha: z.string(),
  subject: z.string(),
  committedAt: z.string(),
  startedAt: Time,
  finishedAt: Time,
  bazel: z.object({
    targets: z.array(z.string()),
    flags: z.array(z.string()),
    environment: z.record(z.string(), z.string()),
    flakyAttempts: z.int(),
    diskCacheBytes: z.int(),
  }),
});
export type JobFile = z.output<typeof JobFile>;

/** `exit`: the last word of the build script, or of a checkout that failed. */
export const ExitFile = z.object({
  v: z.literal(1),
  exitCode: z.int().min(0).max(255),
  repairs: z.array(z.object({ exitCode: z.int().min(0).max(255), action: z.string().max(64) })).max(20),
  /** Processes that the kernel killed at the memory limit. */
  oomKills: z.int().min(0).default(0),
  startedAt: Time,
  finishedAt: Time,
  toolchain: z.string().max(200).nullable(),
});
export type ExitFile = z.output<typeof ExitFile>;
