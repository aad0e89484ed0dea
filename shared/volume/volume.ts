import * as z from 'zod';
import { RunId } from '../ids.ts';
import { retention } from '../retention.ts';
import { TrustClass } from '../run/trust.ts';

/** What a volume was last used for, and so what it makes fast. */
export const Warmth = z.object({
  sha: z.string(),
  ref: z.string(),
  finishedAt: z.date(),
  toolchain: z.string().nullable(),
});

/** What is to be done about a volume that nobody is given. */
const Cleaning = z.object({
  /** Why it was put aside, or how the attempt ended whose writer may still be there; for people. */
  reason: z.string(),
  /** Since when a fenced one waits for the proof that its writer is gone; null for every other. */
  since: z.date().nullable().default(null),
  /** The earliest time at which something is to be done about it: by this the tick finds it. */
  dueAt: z.date(),
  /** Cleanings in a row that failed. */
  tries: z.number().int().min(0),
  /** Why it is not clean yet, for people. */
  problem: z.string().nullable(),
  /** The Job that cleans it: its writer. `uid` is null until the cluster has said that the Job exists. */
  job: z.object({ name: z.string(), uid: z.string().nullable(), createdAt: z.date() }).nullable(),
  /** The uid of the claim that is to go before it is cleaned, with its disk, where an empty one takes its place. */
  replaces: z.string().nullable(),
});

/** `repos/{repoId}/volumes/{index}`: the lease. */
export const Volume = z.object({
  index: z.number().int().min(0),
  /** `fenced`: the attempt that holds it is decided, and its writer is not provably gone. */
  state: z.enum(['free', 'leased', 'fenced', 'quarantined', 'cleaning', 'retiring']),
  /** Grows with every lease and every cleaning, and never goes back: the fence. */
  epoch: z.number().int().min(0),
  /** The attempt that writes to it. `jobUid` is null until the cluster has said that the Job exists. */
  holder: z.object({ runId: RunId, attempt: z.number().int(), jobUid: z.string().nullable() }).nullable(),
  trust: TrustClass,
  warm: Warmth.nullable(),
  /** Infrastructure failures in a row that count against it. */
  failures: z.number().int(),
  /** Of a free one that was used: when its disk is given back, if no run uses it before. By this the tick finds it. */
  idleAt: z.date().nullable().default(null),
  /** Of one that is fenced, quarantined, being cleaned or on its way out; null for every other. */
  cleaning: Cleaning.nullable().default(null),
});
export type Volume = z.output<typeof Volume>;

export function newVolume(index: number, trust: TrustClass): Volume {
  return { index, state: 'free', epoch: 0, holder: null, trust, warm: null, failures: 0, idleAt: null, cleaning: null };
}

/** When the disk of a volume that is free since a time is given back. */
export function idleFrom(at: Date): Date {
  return new Date(at.getTime() + retention.idleVolumeDays * 86_400_000);
}
