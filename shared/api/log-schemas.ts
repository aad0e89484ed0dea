import * as z from 'zod';

/** What the API takes and says of logs. */

const Time = z.iso.datetime();

const LineNumber = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 48);
export const LogLinesQuery = z.strictObject({
  from: LineNumber.default(1),
  count: z.coerce.number().int().min(1).max(1_000).default(200),
});

export const LogSearchQuery = z.strictObject({ q: z.string().max(200).default(''), from: LineNumber.default(1) });

export const LogLineQuery = z.strictObject({ number: LineNumber.default(1) });

/** Some lines of a log. */
export const LogLinesView = z.object({
  lines: z.array(
    z.object({
      number: z.number().int(),
      /** As it was printed, colours included. */
      text: z.string(),
      /** Bytes of the line after the text. */
      more: z.number().int(),
      /** To about a second; null if it is not known. */
      at: Time.nullable(),
    }),
  ),
  /** Lines that the storage does not have. */
  missing: z.array(z.object({ from: z.number().int(), to: z.number().int() })),
  /** Of the log so far; null where nobody has counted. */
  total: z.number().int().nullable(),
});
export type LogLinesView = z.output<typeof LogLinesView>;

/** Lines in which the words stand. A search looks at a part of the log; `next` is the line from which to search on. */
export const LogSearchView = z.object({
  q: z.string(),
  hits: z.array(
    z.object({
      line: z.number().int(),
      /** Without colours; of a long line, what stands around the words. */
      text: z.string(),
      start: z.number().int(),
      end: z.number().int(),
    }),
  ),
  from: z.number().int(),
  to: z.number().int(),
  next: z.number().int().nullable(),
});
export type LogSearchView = z.output<typeof LogSearchView>;
