import * as z from 'zod';
import { RunView, TargetView } from './schemas.ts';

const Time = z.iso.datetime();

/** One answer of the live view; `cursor` is for the next question. */
export const LiveView = z.object({
  run: RunView,
  /** What the page says of the run, in words and as a sign. */
  headline: z.object({ tone: z.string(), mark: z.string(), words: z.string() }),
  line: z.string(),
  tests: z.object({ known: z.number().int(), done: z.number().int(), failed: z.number().int() }),
  /** Those that changed since the last question. */
  targets: z.array(TargetView),
  log: z.object({
    text: z.string(),
    /** Lines before `text`; null where nobody has counted. */
    line: z.number().int().nullable(),
    /** Bytes that stand before `text` and were left out. */
    passedOver: z.number().int(),
    /** A part that the storage does not have stands before `text`. */
    lost: z.boolean(),
    /** When the last of it was printed, or a moment later. */
    at: Time.nullable(),
  }),
  /** How far the log was told: `chunk` says where, in a way of the server's own; `line` is how many lines that were. */
  cursor: z.object({
    attempt: z.number().int(),
    chunk: z.number().int(),
    line: z.number().int().nullable(),
    targets: z.number().int(),
  }),
  /** There is more at once. */
  more: z.boolean(),
});
export type LiveView = z.output<typeof LiveView>;

/** A place in a log as one number: so many units for its chunk, and the offset in it. Chunks are smaller than a unit. */
export const placeUnit = 8 * 1024 * 1024;
const maxPlace = 999_990 * placeUnit;

const Cursor = z.coerce.number().int().min(0).max(999_999).default(0);
const LineCount = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 48);
export const LiveQuery = z.strictObject({
  attempt: Cursor,
  chunk: z.coerce.number().int().min(0).max(maxPlace).default(0),
  /** Without it, new lines have no numbers. */
  line: LineCount.optional(),
  targets: Cursor,
});
export type LiveQuery = z.output<typeof LiveQuery>;

/** What a stream of a run's events tells, each by its name. */
export const runEvents = {
  /** How the run stands; told anew when any of it is different. That of a run that has ended is the last event. */
  state: LiveView.pick({ run: true, headline: true }),
  /** Those that have changed, and how many there are by now. */
  targets: LiveView.pick({ tests: true, targets: true }).extend({ attempt: z.number().int() }),
  /** What was printed since. */
  log: LiveView.shape.log.extend({ attempt: z.number().int() }),
} as const;

export type RunEvents = { readonly [Name in keyof typeof runEvents]: z.output<(typeof runEvents)[Name]> };
