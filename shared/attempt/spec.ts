import * as z from 'zod';
import { Attempt, RunId, Sha } from '../ids.ts';

/** What names an attempt and its place in the order of writers of a volume. */
const attempt = {
  v: z.literal(1),
  runId: RunId,
  attempt: Attempt,
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
  ...attempt,
  repository: z.object({
    fullName: Word.max(512),
    cloneUrl: z.url().max(2_048),
    /** Of other repositories at which the credential may be shown. */
    submoduleUrls: z.array(z.url().max(2_048)).max(100).optional(),
  }),
  ref: Word.max(1_024),
  /** A full commit id, SHA-1 or SHA-256. */
  sha: Sha,
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
  ...attempt,
  maxLogBytes: z.int().min(1),
  /** From SIGTERM until the kubelet kills. */
  graceSeconds: z.int().min(1),
});
export type CourierSpec = z.output<typeof CourierSpec>;

/** `YB_SPEC` of the container that cleans a volume. */
export const CleaningSpec = z.object({ v: z.literal(1), epoch: z.int().min(0) });
