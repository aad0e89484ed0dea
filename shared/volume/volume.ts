import * as z from 'zod';
import { RunId } from '../messages/messages.ts';
import { TrustClass } from '../run/run.ts';

/** What a volume was last used for, and so what it makes fast. */
export const Warmth = z.object({
  sha: z.string(),
  ref: z.string(),
  finishedAt: z.date(),
  toolchain: z.string().nullable(),
});

/** `repos/{repoId}/volumes/{index}`: the lease. */
export const Volume = z.object({
  index: z.number().int().min(0),
  state: z.enum(['free', 'leased', 'quarantined', 'retiring']),
  /** Grows with every lease and never goes back: the fence. */
  epoch: z.number().int().min(0),
  /** Who writes to it. `jobUid` is null until the cluster has said that the Job exists. */
  holder: z.object({ runId: RunId, attempt: z.number().int(), jobUid: z.string().nullable() }).nullable(),
  trust: TrustClass,
  warm: Warmth.nullable(),
  /** Infrastructure failures in a row that count against it. */
  failures: z.number().int(),
  zone: z.string().nullable(),
});
export type Volume = z.output<typeof Volume>;

/** The claim of a volume: its name in the cluster, stable for its life. */
export function claimName(repoId: string, index: number): string {
  return `vol-${repoId}-${index}`;
}

export function newVolume(index: number, trust: TrustClass): Volume {
  return { index, state: 'free', epoch: 0, holder: null, trust, warm: null, failures: 0, zone: null };
}
