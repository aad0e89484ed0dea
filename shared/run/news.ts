import * as z from 'zod';
import { RunId, Sha } from '../ids.ts';

/** So many of the tests that a turn is about are named. */
export const mostNamed = 10;

/** What a run has made of its branch, and what came of telling its author: once, however often it is tried. */
export const News = z.object({
  kind: z.enum(['broken', 'fixed']),
  /** The newest commit that was green before the branch broke. */
  green: Sha,
  /** With which it broke: the run itself, where it is the one. Its author is told. */
  red: z.object({ runId: RunId, sha: Sha }),
  /** The first of those that failed when it broke. */
  tests: z.array(z.string()).max(mostNamed),
  /** How many there were. */
  failed: z.number().int(),
  since: z.date(),
  tries: z.number().int(),
  /** When to try; null where nothing is left to do. */
  nextAt: z.date().nullable(),
  /** Since when it is being sent: nobody knows whether it arrived. */
  sending: z.date().nullable(),
  toldAt: z.date().nullable(),
  /** Why it was not told, or not yet, for people. */
  problem: z.string().nullable(),
});
export type News = z.output<typeof News>;
