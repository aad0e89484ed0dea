import type { Documents, Write } from '../../shared/outside/documents.ts';
import {
  heldBack,
  heldBackReason,
  type Level,
  type Limits,
  limitOf,
  medianCost,
  shareOf,
  weightOf,
} from '../../shared/queue/shares.ts';
import type { Run } from '../../shared/run/run.ts';
import type { WaitsFor } from '../../shared/run/turn.ts';
import { customerPath, readCustomer, turnOf } from '../../shared/store/customers.ts';
import type { Stored } from '../../shared/store/record.ts';
import type { Repository } from '../../shared/store/repositories.ts';
import { latestRuns, nextOfAll, nextOfCustomer } from '../../shared/store/runs.ts';
import { claimOf, type FreeSlot, freeSlots, virtualTime } from '../../shared/store/slots.ts';

/** What stands between a run for which a volume is free and its start: the limits of its customer and of the installation. */
export interface Turns {
  /** The writes that claim the places of a run, and where they are; or what holds it back. A place is given once. */
  take(run: Run): Taken | { readonly heldBack: Exclude<WaitsFor, 'volume'>; readonly reason: string };
  /** The runs that are next for places that are free. */
  next(): readonly Stored<Run>[];
}

export interface Taken {
  readonly heldBack: null;
  readonly slots: readonly string[];
  readonly writes: readonly Write[];
}

interface Read {
  readonly slots: FreeSlot[];
  readonly next: Stored<Run> | null;
}

/**
 * Looks at the places that a repository's runs need, and at who is next for them. Where nothing is limited, nothing is read; of a
 * repository without runs that wait, no more than whether somebody else's does.
 */
export async function readTurns(
  documents: Documents,
  { customer }: Pick<Repository, 'customer'>,
  { limits, areWanted }: { readonly limits: Limits; readonly areWanted: boolean },
): Promise<Turns> {
  const ofCustomer = limitOf(limits, customer);
  const ofAll = limits.runs;
  const [own, all] = await Promise.all([
    ofCustomer === null
      ? null
      : readLevel({
          areWanted,
          slots: async () => await freeSlots(documents, { in: customerPath(customer), limit: ofCustomer }),
          next: async () => await nextOfCustomer(documents, customer),
        }),
    ofAll === null
      ? null
      : readLevel({
          areWanted,
          slots: async () => await freeSlots(documents, { limit: ofAll }),
          next: async () => await nextOfAll(documents),
        }),
  ]);
  return {
    take(run) {
      const by = heldBack(run, { customer: levelOf(own), installation: levelOf(all) });
      if (by !== null) return { heldBack: by, reason: heldBackReason(by, limits, customer) };
      const taken = [own, all].flatMap((level) => (level === null ? [] : pick(level.slots, run)));
      return { heldBack: null, slots: taken.map(({ path }) => path), writes: taken.map((slot) => claimOf(slot, run)) };
    },
    next: () => [own, all].flatMap((level) => (level === null || level.slots.length === 0 ? [] : (level.next ?? []))),
  };
}

function levelOf(level: Read | null): Level | null {
  return level === null ? null : { free: level.slots.length, next: level.next?.value ?? null };
}

/** Those who claim at once begin with different places. Taken out, so that no other run of this look gets it. */
function pick(slots: FreeSlot[], { id }: Run): FreeSlot[] {
  const number = Buffer.from(id).readUInt32BE(id.length - 4);
  return slots.splice(number % Math.max(slots.length, 1), 1);
}

async function readLevel(read: {
  readonly areWanted: boolean;
  readonly slots: () => Promise<FreeSlot[]>;
  readonly next: () => Promise<Stored<Run> | null>;
}): Promise<Read> {
  if (!read.areWanted) {
    const next = await read.next();
    return { next, slots: next === null ? [] : await read.slots() };
  }
  const [slots, next] = await Promise.all([read.slots(), read.next()]);
  return { slots, next };
}

/** As many finished runs tell what one takes. */
const runsThatTell = 9;

/** The turn of a run that begins to wait for a place among all, and what remembers it. */
export async function giveTurn(
  documents: Documents,
  run: Pick<Run, 'repoId' | 'customer'>,
  limits: Limits,
): Promise<{ readonly share: NonNullable<Run['share']>; readonly writes: readonly Write[] }> {
  const [customer, time, finished] = await Promise.all([
    readCustomer(documents, run.customer),
    virtualTime(documents),
    latestRuns(documents, { repoId: run.repoId, state: 'finished', limit: runsThatTell }),
  ]);
  const share = shareOf({
    virtualTime: time,
    lastFinish: customer?.value.lastFinish ?? 0,
    weight: weightOf(limits, run),
    cost: medianCost(finished.map(({ value }) => value)),
  });
  return { share, writes: turnOf(run.customer, customer, share.finish) };
}
