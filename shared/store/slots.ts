import * as z from 'zod';
import { errorCode } from '../errors.ts';
import { RunId } from '../ids.ts';
import type { Documents, Write } from '../outside/documents.ts';
import type { Run } from '../run/run.ts';
import { ask } from './queries.ts';
import { creationOf, fieldsOf, type Stored, stored, storedOrNull } from './record.ts';

/**
 * `slots/{index}` and `customers/{account}/slots/{index}`: one place among the runs that may go on at once. A limit is held by claiming
 * a place in the commit that claims the volume, never by counting. Some are made ahead where few are left.
 */
const Slot = z.object({
  index: z.number().int().min(0),
  /** Nobody holds it. */
  free: z.boolean(),
  holder: z.object({ runId: RunId, attempt: z.number().int() }).nullable(),
  /** The turn of the run that held it last, in virtual time. */
  start: z.number(),
});
type Slot = z.output<typeof Slot>;

/** A place that somebody may claim. */
export type FreeSlot = Stored<Slot>;

/** Of many that claim at once, each begins with another one. */
const choice = 4;

/**
 * Places that are free, up to a few; none if all are held. More are made where few are left below the limit. One that was lowered
 * holds when the runs beyond it have ended.
 */
export async function freeSlots(
  documents: Documents,
  { in: parent, limit }: { readonly in?: string; readonly limit: number },
): Promise<FreeSlot[]> {
  const place = parent === undefined ? {} : { in: parent };
  const askFree = async () =>
    await ask(documents, 'freeSlots', { ...place, equal: { free: true }, before: limit, limit: choice });
  const [free, [last]] = await Promise.all([askFree(), ask(documents, 'lastSlot', { ...place, equal: {}, limit: 1 })]);
  const made = last === undefined ? 0 : stored(Slot, last).value.index + 1;
  const known = free.map((snapshot) => stored(Slot, snapshot));
  const more = Math.min(limit - made, choice);
  if (known.length === choice || more < 1) return known;
  const base = parent === undefined ? 'slots' : `${parent}/slots`;
  const fresh = Array.from({ length: more }, (_, count) => {
    const value: Slot = { index: made + count, free: true, holder: null, start: 0 };
    return { path: `${base}/${value.index}`, value };
  });
  try {
    const versions = await documents.commit(fresh.map(({ path, value }) => creationOf(Slot, path, value)));
    return [
      ...known,
      ...fresh.flatMap((slot, at) => (versions[at] === undefined ? [] : [{ ...slot, version: versions[at] }])),
    ];
  } catch (error) {
    if (errorCode(error) !== 'already-exists') throw error;
    return (await askFree()).map((snapshot) => stored(Slot, snapshot));
  }
}

/** The write that has a run hold a place, if nobody was faster. */
export function claimOf({ path, value, version }: FreeSlot, run: Pick<Run, 'id' | 'attempt' | 'share'>): Write {
  const holder = { runId: run.id, attempt: run.attempt };
  const next: Slot = { ...value, free: false, holder, start: Math.max(run.share?.start ?? 0, value.start) };
  return { type: 'update', path, fields: fieldsOf(Slot, next, path), version };
}

/** The writes that give back what a run's attempt holds. */
export async function releases(
  documents: Pick<Documents, 'get'>,
  { id, attempt, slots }: { readonly id: string; readonly attempt: number; readonly slots: readonly string[] },
): Promise<Write[]> {
  if (slots.length === 0) return [];
  const snapshots = await documents.get(slots);
  return snapshots.flatMap((snapshot) => {
    const before = storedOrNull(Slot, snapshot);
    const { holder } = before?.value ?? { holder: null };
    if (before === null || holder?.runId !== id || holder.attempt !== attempt) return [];
    return [{ type: 'update', path: before.path, fields: { free: true, holder: null }, version: before.version }];
  });
}

/** The turn of the run that was served last, in virtual time. */
export async function virtualTime(documents: Documents): Promise<number> {
  const [last] = await ask(documents, 'servedLast', { equal: {}, limit: 1 });
  return last === undefined ? 0 : stored(Slot, last).value.start;
}
