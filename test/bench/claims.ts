import * as z from 'zod';
import { printedBy } from './in-bundle.ts';
import type { Report } from './report.ts';

export const claimers = 100;
export const volumes = 8;

/** What came of many who wanted a volume at the same moment. */
const Claims = z.object({
  milliseconds: z.number(),
  /** Volumes that somebody got, and how many got one: the same number, or a volume was given twice. */
  given: z.number(),
  winners: z.number(),
  /** Errors that reached the caller: of the scheduler, those that Pub/Sub would deliver again. */
  errors: z.number(),
});
export type Claims = z.output<typeof Claims>;
const Both = z.object({ ours: Claims, naive: Claims });

/** Ours and the naive way, one after the other. */
export async function measureClaims(): Promise<Readonly<Record<'ours' | 'naive', Claims>>> {
  return Both.parse(await printedBy('test/bench/claims-compared.ts'));
}

const aim = 20;

export function describeClaims({ ours, naive }: Readonly<Record<'ours' | 'naive', Claims>>): Report {
  const ratio = naive.milliseconds / ours.milliseconds;
  const row = (name: string, { milliseconds, given, winners, errors }: Claims): string =>
    `${name.padEnd(34)} ${milliseconds.toFixed(0).padStart(7)} ms, ${winners} of ${claimers} got one of ${given} volumes, ${errors} errors`;
  const good = ratio >= aim && ours.errors === 0 && ours.given === volumes && ours.winners === volumes;
  return {
    good,
    text: [
      `${claimers} who want one of ${volumes} volumes at once, on Firestore's emulator`,
      row('the scheduler, all of its work', ours),
      row('a transaction that looks for one', naive),
      `${ratio.toFixed(1)} times as fast (aim: ${aim}), ${((ours.winners * 1000) / ours.milliseconds).toFixed(1)} claims a second: ${good ? 'reached' : 'missed'}`,
    ].join('\n'),
  };
}
