import type { AttemptRef } from '../../../shared/attempt/layout.ts';
import type { Run } from '../../../shared/run/run.ts';
import type { LogExcerpt, LogReader } from '../log/reader.ts';
import { searchLimits, searchLog, type SearchResult } from '../log/search.ts';

/** What the address of a run's page asks of its log. */
export interface AskedOfLog {
  /** Lines to be shown and marked. */
  readonly lines: { readonly from: number; readonly to: number } | null;
  /** Words to be looked for, from a line on; empty for none. */
  readonly words: string;
  readonly from: number;
  /** When each line was printed is shown. */
  readonly times: boolean;
}

/** All that a page shows of a run's log. */
export interface LogModel {
  readonly run: Run;
  readonly asked: AskedOfLog;
  readonly excerpt: LogExcerpt;
  /** Null if nothing was looked for. */
  readonly search: SearchResult | null;
  /** Somebody looks at a place of the log, or for one: the page is not to change under their eyes. */
  readonly inPlace: boolean;
}

export type LogModelReader = (run: Run, asked: AskedOfLog) => Promise<LogModel>;

const nothing: LogExcerpt = {
  items: [],
  bytes: 0,
  lines: 0,
  landmarks: [],
  cursor: { chunk: 0, offset: 0, line: 0 },
};

export function createLogModelReader(log: LogReader): LogModelReader {
  return async (run, asked) => {
    // Before its first claim a run has written nothing.
    const begun = run.startedAt !== null;
    const [excerpt, search] = await Promise.all([
      begun ? log.excerpt(...logOf(run), asked.lines?.from) : nothing,
      begun && asked.words !== '' ? searchLog(await log.open(...logOf(run)), asked) : null,
    ]);
    return { run, asked, excerpt, search, inPlace: asked.lines !== null || asked.words !== '' };
  };
}

/** Where a run's log is, and how much of it is in the archive. */
export function logOf(run: Run): [ref: AttemptRef, archivedBytes: number | null] {
  return [{ runId: run.id, attempt: run.attempt }, run.log?.archived === true ? run.log.bytes : null];
}

/** `?line=12` or `?line=12-20`, `?q=…&from=…`, `?times=1`. What cannot be read asks for nothing. */
export function askedOfLog(query: Readonly<Record<string, string>>): AskedOfLog {
  const [, first, last] = /^([1-9]\d{0,13})(?:-([1-9]\d{0,13}))?$/.exec(query['line'] ?? '') ?? [];
  const from = Number(first);
  const words = query['q'] ?? '';
  return {
    lines: first === undefined ? null : { from, to: Math.max(from, Number(last ?? first)) },
    words: words.length > searchLimits.words ? '' : words,
    from: Number(/^[1-9]\d{0,13}$/.exec(query['from'] ?? '')?.[0] ?? 1),
    times: query['times'] === '1',
  };
}
