import { YbError } from '../../../shared/errors.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import { putNewest } from '../../../shared/memory.ts';

/** What somebody may still do. */
export interface Bucket {
  /** In whole parts: each millisecond brings `perMinute` of them, and one request takes {@link minute}, so that nothing is rounded. */
  readonly parts: number;
  /** Of when, in milliseconds. */
  readonly at: number;
}

/** So many at once, and as many in each minute after. */
export interface Rate {
  readonly perMinute: number;
}

const minute = 60_000;

/** Takes one out of a token bucket, which fills evenly up to a minute's worth. @returns when the next one is there, if none is now */
export function takeOne(
  before: Bucket | undefined,
  { perMinute }: Rate,
  now: number,
): { readonly bucket: Bucket; readonly retryAt: number | null } {
  const full = perMinute * minute;
  const known = before ?? { parts: full, at: now };
  const passed = Math.max(0, now - known.at);
  const parts = Math.min(full, known.parts + passed * perMinute);
  if (parts >= minute) return { bucket: { parts: parts - minute, at: now }, retryAt: null };
  return { bucket: { parts, at: now }, retryAt: now + Math.ceil((minute - parts) / perMinute) };
}

/** How much a person changes, and an address signs in or looks without it, as this instance of the program sees it: it keeps the others' work going. */
export interface Limits {
  /** @throws YbError `too-many-requests` */
  change(personId: string): void;
  /** Nothing is counted where the address is not known. @throws YbError `too-many-requests` */
  signIn(address: string | null): void;
  /** The same, of who is not signed in. @throws YbError `too-many-requests` */
  look(address: string | null): void;
  /**
   * One more stream of a person or an address, for no longer than `milliseconds`. Streams of who is not known count among all.
   * @returns what says that it has ended. @throws YbError `too-many-requests`
   */
  stream(who: string | null, milliseconds: number): () => void;
}

/** More than a person clicks or a script has reason to, and less than what anybody else would feel. */
export const rates = {
  change: { perMinute: 60 },
  signIn: { perMinute: 20 },
  // Ten who watch a run live, once a second, behind one address.
  look: { perMinute: 600 },
} as const satisfies Record<string, Rate>;
const remembered = 10_000;

/** Streams that are open at once: all of them leave room for pages in an instance that takes eighty requests. */
export const streams = { each: 8, all: 40 } as const;

export function createLimits({ clock }: { readonly clock: Clock }): Limits {
  const counting = (rate: Rate) => {
    const buckets = new Map<string, Bucket>();
    return (key: string): void => {
      const { bucket, retryAt } = takeOne(buckets.get(key), rate, clock.now().getTime());
      putNewest(buckets, remembered, [key, bucket]);
      if (retryAt === null) return;
      const words = `That was more than ${rate.perMinute} in a minute. Wait a moment, then try again`;
      throw new YbError('too-many-requests', words, { retryAt: new Date(retryAt) });
    };
  };
  const change = counting(rates.change);
  const open = new Set<{ readonly who: string | null; readonly until: number }>();
  const ofAddress = (rate: Rate) => {
    const count = counting(rate);
    return (address: string | null): void => {
      if (address !== null) count(address);
    };
  };
  return {
    change,
    signIn: ofAddress(rates.signIn),
    look: ofAddress(rates.look),
    stream(who, milliseconds) {
      const now = clock.now().getTime();
      for (const one of open) if (one.until <= now) open.delete(one);
      const mine = [...open].filter((one) => who !== null && one.who === who);
      const full = mine.length >= streams.each ? mine : open.size >= streams.all ? [...open] : null;
      if (full !== null) {
        const many =
          full === mine ? `${mine.length} streams of yours are open. Close one` : 'Too many streams are open';
        const words = `${many}, wait a moment, or ask for what is new from time to time (/live)`;
        throw new YbError('too-many-requests', words, {
          retryAt: new Date(Math.min(...full.map(({ until }) => until))),
        });
      }
      const one = { who, until: now + milliseconds };
      open.add(one);
      return () => void open.delete(one);
    },
  };
}
