import * as z from 'zod';
import { type Run, tookMilliseconds } from '../run/run.ts';
import type { Share, WaitsFor } from '../run/turn.ts';

/** What an installation lets go on at once, wait and come; null for no limit. */
export interface Limits {
  readonly runs: number | null;
  readonly runsOfCustomer: number | null;
  /** How many runs of a customer may wait. */
  readonly waitingOfCustomer: number | null;
  /** How many pushes of a customer a minute are tested without a pause. */
  readonly pushesOfCustomer: number | null;
  /** By the numeric id of the account at GitHub: names change hands. */
  readonly customers: Customers;
}

/** What is agreed with single customers. */
export const Customers = z.record(
  z.string().regex(/^\d{1,20}$/, 'must be the numeric id of an account'),
  z.strictObject({
    /** Twice the weight gets twice the time of others while all of them wait. */
    weight: z.exactOptional(z.number().min(0.01).max(1000)),
    /** In place of the installation's limit of every customer. */
    runs: z.exactOptional(z.number().int().min(1).max(10_000)),
    waiting: z.exactOptional(z.number().int().min(1).max(100_000)),
    pushes: z.exactOptional(z.number().int().min(1).max(100_000)),
    /** Of single repositories among those of the customer, by their numeric id: the weight is one more factor. */
    repositories: z.exactOptional(
      z.record(z.string().regex(/^\d{1,20}$/), z.strictObject({ weight: z.number().min(0.01).max(1000) })),
    ),
  }),
);
export type Customers = z.output<typeof Customers>;

/** How many runs of a customer may go on at once; null for no limit. */
export function limitOf({ customers, runsOfCustomer }: Limits, customer: string): number | null {
  return customers[customer]?.runs ?? runsOfCustomer;
}

/** How many runs of a customer may wait; null for no limit. */
export function waitingLimitOf({ customers, waitingOfCustomer }: Limits, customer: string): number | null {
  return customers[customer]?.waiting ?? waitingOfCustomer;
}

/** How many pushes of a customer a minute are tested without a pause; null for no limit. */
export function pushLimitOf({ customers, pushesOfCustomer }: Limits, customer: string): number | null {
  return customers[customer]?.pushes ?? pushesOfCustomer;
}

/** The weight of a run among those of all customers: its customer's, and within that its repository's own. */
export function weightOf({ customers }: Limits, { customer, repoId }: Pick<Run, 'customer' | 'repoId'>): number {
  const agreed = customers[customer];
  return (agreed?.weight ?? 1) * (agreed?.repositories?.[repoId]?.weight ?? 1);
}

/** A run of which nobody knows how long it takes. */
const unknownSeconds = 300;

/**
 * The turn of a run that begins to wait: start-time fair queueing (Goyal, Vin, Cheng 1996, https://doi.org/10.1145/248156.248171). It is
 * behind the customer's own runs, and behind nobody's if the customer had none for long. Pure.
 */
export function shareOf(options: {
  /** The `start` of the run that was served last. */
  readonly virtualTime: number;
  /** The `finish` of the customer's last run that had to wait. */
  readonly lastFinish: number;
  readonly weight: number;
  /** What such a run takes, in seconds; null if nobody knows. */
  readonly cost: number | null;
}): Share {
  const start = Math.max(options.virtualTime, options.lastFinish);
  return { start, finish: start + Math.max(options.cost ?? unknownSeconds, 1) / options.weight };
}

/** The middle of what finished runs took, in seconds; null if there are none. */
export function medianCost(runs: readonly Pick<Run, 'startedAt' | 'finishedAt'>[]): number | null {
  const seconds = runs
    .map(tookMilliseconds)
    .filter((took) => took !== null)
    .map((took) => took / 1000)
    .toSorted((left, right) => left - right);
  return seconds[Math.floor(seconds.length / 2)] ?? null;
}

/** How a limit stands: null where there is none. */
export interface Level {
  readonly free: number;
  /** Who waits for it and is next; null if nobody does. */
  readonly next: Pick<Run, 'id' | 'repoId' | 'pushedAt' | 'share'> | null;
}

/**
 * What keeps a run from its start for which a volume is free; null if nothing does. Whoever has waited longer goes first, if that is a
 * run of another repository: within one, the order of the pushes decides, and any of its runs takes the place of the one that is next. Pure.
 */
export function heldBack(
  run: Pick<Run, 'repoId' | 'pushedAt' | 'share'>,
  { customer, installation }: { readonly customer: Level | null; readonly installation: Level | null },
): Exclude<WaitsFor, 'volume'> | null {
  if (customer !== null && (customer.free < 1 || isBehind(customer.next, run, pushedFirst))) return 'customer';
  if (installation !== null && (installation.free < 1 || isBehind(installation.next, run, startsFirst)))
    return 'installation';
  return null;
}

type Turn = Pick<Run, 'repoId' | 'pushedAt' | 'share'>;

function isBehind(next: Turn | null, run: Turn, first: (next: Turn, run: Turn) => boolean): boolean {
  return next !== null && next.repoId !== run.repoId && first(next, run);
}

function pushedFirst(next: Turn, run: Turn): boolean {
  return next.pushedAt.getTime() <= run.pushedAt.getTime();
}

/** One without a turn has just come. */
function startsFirst(next: Turn, run: Turn): boolean {
  return run.share === null || (next.share?.start ?? 0) <= run.share.start;
}

/** For people. */
export function heldBackReason(by: Exclude<WaitsFor, 'volume'>, limits: Limits, customer: string): string {
  const limit = by === 'customer' ? limitOf(limits, customer) : limits.runs;
  const which = limit === 1 ? 'the one run' : `one of the ${String(limit)} runs`;
  const whose = by === 'customer' ? 'the owner of the repository may have at once' : 'may go on at once here';
  return `waits for ${which} that ${whose}`;
}
