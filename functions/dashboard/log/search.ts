import { inBatches } from '../models/batches.ts';
import { plain, readLine } from './ansi.ts';
import { type Extent, extentOfLine, linesUpTo, type OpenLog } from './source.ts';

/** A line in which the words stand. */
export interface Hit {
  readonly line: number;
  /** Of the line, without colours: the words and what stands around them. */
  readonly text: string;
  /** Where the words are in the text, and where they end. */
  readonly start: number;
  readonly end: number;
}

export interface SearchResult {
  readonly hits: readonly Hit[];
  /** The lines that were looked at; `to` is below `from` if none was. */
  readonly from: number;
  readonly to: number;
  /** The line from which to search on; null at the log's end. */
  readonly next: number | null;
}

export const searchLimits = {
  /** Of the words. */
  words: 200,
  /** Of one search: bytes and chunks that are read, and lines that are found. */
  bytes: 8 * 1024 * 1024,
  chunks: 64,
  hits: 100,
  /** Characters shown before and after the words. */
  before: 60,
  after: 140,
} as const;

/** A line longer than this is looked at in parts. */
const partBytes = 1024 * 1024;
const newline = 0x0a;

/**
 * Looks for words in a log from a line on, in whatever case, in the text that the page would show. What it reads has a
 * limit whatever the log's size; where it ended, the next search begins.
 */
export async function searchLog(
  log: OpenLog,
  wanted: { readonly words: string; readonly from: number },
): Promise<SearchResult> {
  const from = Math.max(1, wanted.from);
  const chosen = extentsFrom(log, await extentOfLine(log, from));
  const scan = createScan(wanted.words, from);
  const contents = await inBatches(chosen, async (extent) => await log.read(extent));
  for (const [index, extent] of chosen.entries()) {
    const content = contents[index] ?? Buffer.alloc(0);
    if (extent.line === null || scan.full()) break;
    scan.add(content, extent.line);
    // Where a part is missing, no line goes on.
    if (content.length < extent.bytes || extent.lost) scan.forget((linesUpTo(extent) ?? extent.line) + 1);
  }
  const last = chosen.at(-1);
  const { hits, to, full } = last === undefined || last === log.extents.at(-1) ? scan.end() : scan.stop();
  // Lines that nobody has counted cannot be named.
  const known = last !== undefined && last !== log.extents.at(-1) && linesUpTo(last) !== null;
  return { hits, from, to, next: full || known ? to + 1 : null };
}

/** The chunks that one search looks at: one at least, so that each comes further. */
function extentsFrom(log: OpenLog, first: number): Extent[] {
  const chosen: Extent[] = [];
  let bytes = 0;
  for (const extent of log.extents.slice(first, first + searchLimits.chunks)) {
    bytes += extent.bytes;
    if (chosen.length > 0 && bytes > searchLimits.bytes) break;
    chosen.push(extent);
  }
  return chosen;
}

/** Puts lines together from chunks and looks at each. */
function createScan(words: string, from: number) {
  const hits: Hit[] = [];
  const pattern = new RegExp(words.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`), 'iu');
  /** The beginning of a line whose end has not come yet. */
  let open: Buffer = Buffer.alloc(0);
  /** The number of the line that is looked at next. */
  let number = 0;
  let lastHit = 0;
  /** The line that is looked at in parts. */
  let inParts = 0;

  const look = (line: Buffer) => {
    if (number < from || number === lastHit || hits.length >= searchLimits.hits) return;
    const hit = find(pattern, line.toString('utf8'), number);
    if (hit === null) return;
    hits.push(hit);
    lastHit = number;
  };
  const full = () => hits.length >= searchLimits.hits;
  const result = (to: number) => ({ hits, to: Math.max(from - 1, full() ? lastHit : to), full: full() });
  return {
    full,
    forget: (next: number) => {
      open = Buffer.alloc(0);
      number = next;
    },
    add: (bytes: Buffer, lineEndsBefore: number) => {
      if (number === 0) number = lineEndsBefore + 1;
      let start = 0;
      for (let end = bytes.indexOf(newline); end !== -1 && !full(); end = bytes.indexOf(newline, start)) {
        const line = bytes.subarray(start, end);
        look(open.length === 0 ? line : Buffer.concat([open, line]));
        open = Buffer.alloc(0);
        start = end + 1;
        number += 1;
      }
      if (full()) return;
      open = Buffer.concat([open, bytes.subarray(start)]);
      if (open.length <= partBytes) return;
      look(open);
      inParts = number;
      // Words may stand on the border.
      open = open.subarray(-searchLimits.words * 4);
    },
    /** The log ends here: a last line without its end is a line. */
    end: () => {
      if (open.length > 0 && !full()) {
        look(open);
        number += 1;
      }
      return result(number - 1);
    },
    /** A line that was begun is looked at as a whole by the next search; one that fills a whole search is left behind. */
    stop: () => result(inParts === number && number === from ? number : number - 1),
  };
}

function find(pattern: RegExp, line: string, number: number): Hit | null {
  // Most lines have neither colours nor anything else that is not shown as it is.
  // eslint-disable-next-line no-control-regex -- the characters in question
  const text = /[\u0000-\u0008\u000b-\u001f]/.test(line)
    ? readLine(line, plain)
        .pieces.map((piece) => piece.text)
        .join('')
    : line;
  const match = pattern.exec(text);
  if (match === null) return null;
  const start = match.index;
  const end = start + match[0].length;
  const first = Math.max(0, start - searchLimits.before);
  const before = `${first > 0 ? '…' : ''}${text.slice(first, start)}`;
  const after = `${text.slice(end, end + searchLimits.after)}${text.length > end + searchLimits.after ? '…' : ''}`;
  return {
    line: number,
    text: `${before}${match[0]}${after}`.toWellFormed(),
    start: before.length,
    end: before.length + match[0].length,
  };
}
