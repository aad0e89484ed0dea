// Also part of the page's script: imports nothing that a browser lacks.
import { elapsed, linesBetween, printedAt } from '../words/line.ts';
import { bytes } from '../words/text.ts';
import { plain, readLine, type Style } from './ansi.ts';

/** An element to be drawn: by the server as markup, by the page's script as nodes. Whatever the text holds, it stays text in both. */
export interface Drawn {
  readonly tag: 'a' | 'li' | 'ol' | 'p' | 'span';
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (Drawn | string)[];
}

/** A line as far as it is shown. */
export interface RowLine {
  /** From 1; null where nobody has counted. */
  readonly number: number | null;
  readonly text: string;
  /** Bytes that come after the text in this line. */
  readonly more: number;
  /** It begins before what was read, or goes on after it. */
  readonly part: boolean;
  readonly at: Date | null;
}

/** Where the lines of a log are shown, and what of them. */
export interface LineView {
  /** The address of the run's page, with a line of it marked. */
  readonly href: (line: number) => string;
  /** The address of one whole line. */
  readonly wholeLine: (line: number) => string;
  readonly wholeLog: string;
  /** Of the run. */
  readonly start: Date | null;
  readonly marked: { readonly from: number; readonly to: number } | null;
}

/** Lines that lie somewhere else; numbers are null where nobody has counted. */
interface Between {
  readonly bytes: number;
  readonly from: number | null;
  readonly to: number | null;
}

/** One line. @param before the style that the line before leaves @returns with the style that it leaves itself */
export function rowOf(line: RowLine, view: LineView, before: Style): { readonly row: Drawn; readonly style: Style } {
  const { pieces, style } = piecesOf(line.text, before);
  const children = [...pieces, ...restOf(line, view)];
  return { row: { tag: 'li', attributes: attributesOf(line, view), children }, style };
}

/** Lines that follow each other. */
export function listOf(lines: readonly RowLine[], view: LineView): Drawn {
  let style = plain;
  const rows = lines.map((line) => {
    const drawn = rowOf(line, view, style);
    ({ style } = drawn);
    return drawn.row;
  });
  return emptyList(lines[0]?.number ?? null, rows);
}

/** A list of lines that are drawn already. @param first the number of the first; null without numbers */
export function emptyList(first: number | null, rows: readonly Drawn[] = []): Drawn {
  const attributes = first === null ? { class: 'lines unnumbered' } : { class: 'lines', start: first };
  return { tag: 'ol', attributes, children: rows };
}

/** Lines without numbers, and nothing about them. */
export function plainList(lines: readonly string[]): Drawn {
  let before = plain;
  const rows = lines.map((line): Drawn => {
    const { pieces, style } = piecesOf(line, before);
    before = style;
    return { tag: 'li', attributes: {}, children: pieces };
  });
  return emptyList(null, rows);
}

/** What is left out can be had from either end; with a script it comes without another page. */
export function gapOf(part: Between, view: LineView): Drawn {
  const { from, to } = part;
  const words: Drawn = { tag: 'span', attributes: {}, children: [`${linesBetween(part)} left out here`] };
  if (from === null || to === null)
    return note([words, ' ', { tag: 'a', attributes: { href: view.wholeLog }, children: ['Whole log'] }]);
  const link = (line: number, way: 'up' | 'down', text: string): Drawn => ({
    tag: 'a',
    attributes: { href: view.href(line), 'data-show': way },
    children: [text],
  });
  return note(
    [words, ' ', link(from, 'down', 'Show the first of them'), ' ', link(to, 'up', 'Show the last of them')],
    { 'data-from': from, 'data-to': to },
  );
}

/** What neither the page nor the storage has. */
export function lostOf(part: Between): Drawn {
  return note([`${linesBetween(part)} missing here: this part of the log could not be kept.`], { class: 'gap lost' });
}

/** Words between lines. */
export function note(children: Drawn['children'], attributes: Drawn['attributes'] = {}): Drawn {
  return { tag: 'p', attributes: { class: 'gap', ...attributes }, children };
}

function piecesOf(text: string, before: Style): { readonly pieces: Drawn['children']; readonly style: Style } {
  const read = readLine(text, before);
  const pieces = read.pieces.map(({ text: piece, classes }): Drawn | string =>
    classes === '' ? piece : { tag: 'span', attributes: { class: classes }, children: [piece] },
  );
  return { pieces, style: read.style };
}

function attributesOf({ number, at }: RowLine, { start, marked }: LineView): Drawn['attributes'] {
  const chosen = number !== null && marked !== null && number >= marked.from && number <= marked.to;
  return {
    ...(number === null ? {} : { id: `L${number}` }),
    ...(chosen ? { class: 'chosen' } : {}),
    ...(at === null ? {} : { title: printedAt(at, start), 'data-at': elapsed(start ?? at, at) }),
  };
}

/** A line too long for a page says how much there is of it. */
function restOf({ number, more, part }: RowLine, view: LineView): Drawn['children'] {
  if (more === 0 && !part) return [];
  const words = more > 0 ? `… ${bytes(more)} more ` : '… only a part of this line ';
  const link: Drawn['children'] =
    number === null ? [] : [{ tag: 'a', attributes: { href: view.wholeLine(number) }, children: ['whole line'] }];
  return [{ tag: 'span', attributes: { class: 'cut' }, children: [words, ...link] }];
}
