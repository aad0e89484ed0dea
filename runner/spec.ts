import * as z from 'zod';

const RunId = z.string().regex(/^[a-z0-9]{1,64}$/);

/** What names an attempt and its place in the order of writers of a volume. */
const Attempt = {
  v: z.literal(1),
  runId: RunId,
  attempt: z.int().min(1).max(99),
  epoch: z.int().min(0),
};

/** A word of a command line: one line of plain text. */
const Word = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^[^\p{Cc}]+$/u, 'must be one line of plain text');

/** `YB_SPEC` of the checkout container. */
export const CheckoutSpec = z.object({
  ...Attempt,
  repository: z.object({ fullName: Word.max(512), cloneUrl: z.url().max(2_048) }),
  ref: Word.max(1_024),
  /** A full commit id, SHA-1 or SHA-256. */
  sha: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
  commitDate: Word.max(64).optional(),
  defaultBranch: Word.max(1_024),
  /** Plain http is allowed: the local system alone sets it. */
  allowInsecure: z.boolean(),
  bazel: z.object({
    targets: z.array(Word).min(1).max(1_000),
    flags: z.array(Word).max(200),
    flakyAttempts: z.int().min(1).max(10),
    diskCacheBytes: z.int().min(0),
  }),
  /** What the build may use of the machine that it runs on. */
  machine: z.object({ cpus: z.int().min(1), memoryMiB: z.int().min(1) }).optional(),
  /** What shall be free on the volume when the build starts. */
  room: z.object({ bytes: z.int().min(0), inodes: z.int().min(0) }).optional(),
  /** The log's limit, where the build script can end a run that goes beyond it. */
  maxLogBytes: z.int().min(1).optional(),
});
export type CheckoutSpec = z.output<typeof CheckoutSpec>;

/** `YB_SPEC` of the courier container. */
export const CourierSpec = z.object({
  ...Attempt,
  maxLogBytes: z.int().min(1),
  /** From SIGTERM until the kubelet kills. */
  graceSeconds: z.int().min(1),
});
export type CourierSpec = z.output<typeof CourierSpec>;

/** The secret file `mask.json`: what may not be in anything that leaves. */
export const MaskFile = z.object({ v: z.literal(1), values: z.array(z.string().max(64 * 1024)).max(1_000) });

const paths = {
  YB_RUN_DIR: z.string().min(1),
  YB_SECRET_DIR: z.string().min(1),
  YB_TERMINATION_FILE: z.string().min(1).default('/dev/termination-log'),
};

/** Where git and flock are looked for. */
const searchPath = z.string().min(1).default('/usr/local/bin:/usr/bin:/bin');

export const checkoutVariables = z.object({
  ...paths,
  YB_SPEC: z.string().min(1),
  YB_VOLUME_DIR: z.string().min(1),
  PATH: searchPath,
});

/** `YB_SPEC` of the container that cleans a volume. */
export const CleaningSpec = z.object({ v: z.literal(1), epoch: z.int().min(0) });

export const cleaningVariables = z.object({
  YB_SPEC: z.string().min(1),
  YB_VOLUME_DIR: z.string().min(1),
  YB_TERMINATION_FILE: paths.YB_TERMINATION_FILE,
  PATH: searchPath,
});

export const courierVariables = z.object({
  ...paths,
  YB_SPEC: z.string().min(1),
  /** The courier's own folder, kept when its container is started again. */
  YB_STATE_DIR: z.string().min(1).optional(),
});
