// Also part of the page's script: no imports.

/**
 * What a terminal would show of a line, without being one: colours and weights become class names from a fixed list, and
 * everything else that could move a cursor, rename a window or open a link is passed over. The text is only ever text: it
 * becomes part of a page by escaping (server) or as text nodes (browser), never as markup.
 */
export interface Piece {
  readonly text: string;
  /** Names from {@link Style}, separated by spaces; empty for plain text. */
  readonly classes: string;
}

/** What one line leaves for the next: colours go on over line ends. */
export interface Style {
  readonly foreground: string;
  readonly background: string;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
}

export const plain: Style = {
  foreground: '',
  background: '',
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
};

const colours = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

// CSI, then OSC and the other string sequences up to their end (or the line's), then two-character escapes.
const escapes =
  // eslint-disable-next-line no-control-regex -- these are the characters in question
  /\u001b\[([0-9:;<=>?]*)[ -/]*([@-~])|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|\u001b[ -/]*[0-~]?/g;

/**
 * The pieces of one line (without its line end), and the style in which the next one begins: what a terminal shows of it when
 * the line is over. What was overwritten or erased within the line is not seen any more; lines above it are never changed.
 */
export function readLine(line: string, style: Style): { readonly pieces: Piece[]; readonly style: Style } {
  // A carriage return before the line end only moves the cursor.
  const text = line.replace(/\r+$/, '');
  return moves.test(text) ? redrawn(text, style) : written(text, style);
}

/** Most lines are written from left to right. */
function written(line: string, style: Style): { readonly pieces: Piece[]; readonly style: Style } {
  const pieces: Piece[] = [];
  let current = style;
  let position = 0;
  const push = (text: string): void => {
    const seen = visible(text);
    if (seen !== '') pieces.push({ text: seen, classes: classesOf(current) });
  };
  for (const match of line.matchAll(escapes)) {
    push(line.slice(position, match.index));
    position = match.index + match[0].length;
    if (match[2] === 'm') current = styled(current, match[1] ?? '');
  }
  push(line.slice(position));
  return { pieces, style: current };
}

// Carriage return, backspace, and the sequences that move, erase, insert or delete within a line.
// eslint-disable-next-line no-control-regex -- these are the characters in question
const moves = /[\r\b]|\u001b\[[0-9;]*[CDGKXP@`a]/;
const tabulator = 8;
/** Farther to the right than any terminal is wide. */
const widest = 10_000;

/** One character of a line and its look; null for one that was erased or never written. */
type Cell = Piece | null;

/** A line as a row of cells under a cursor (ECMA-48, https://ecma-international.org/publications-and-standards/standards/ecma-48/). */
function redrawn(line: string, style: Style): { readonly pieces: Piece[]; readonly style: Style } {
  const cells: Cell[] = [];
  let cursor = 0;
  let current = style;
  const write = (text: string): void => {
    for (const character of text) cursor = put(cells, cursor, { text: character, classes: classesOf(current) });
  };
  let position = 0;
  for (const match of line.matchAll(escapes)) {
    write(line.slice(position, match.index));
    position = match.index + match[0].length;
    const [, parameters = '', final = ''] = match;
    if (final === 'm') current = styled(current, parameters);
    else cursor = moved(cells, cursor, { final, parameters });
  }
  write(line.slice(position));
  return { pieces: piecesOf(cells), style: current };
}

/** Writes a character where the cursor is. @returns where it is then */
function put(cells: Cell[], cursor: number, cell: Piece): number {
  const last = cells[cursor - 1];
  if (cell.text === '\r') return 0;
  if (cell.text === '\b') return Math.max(0, cursor - 1);
  if (cell.text === '\t' && cursor < cells.length)
    return Math.min(cells.length, (Math.floor(cursor / tabulator) + 1) * tabulator);
  // What joins the character before takes no room of its own.
  if (/^[\p{M}\u200d]$/u.test(cell.text) && last !== null && last !== undefined) {
    cells[cursor - 1] = { ...last, text: last.text + cell.text };
    return cursor;
  }
  if (cursor >= widest) return cursor;
  while (cells.length < cursor) cells.push(null);
  cells[cursor] = cell;
  return cursor + 1;
}

/** Does what a sequence says within the line; what would leave it does nothing. @returns where the cursor is then */
function moved(
  cells: Cell[],
  cursor: number,
  { final, parameters }: { readonly final: string; readonly parameters: string },
): number {
  const given = Number.parseInt(parameters, 10);
  const count = Math.min(widest, Math.max(1, Number.isNaN(given) ? 1 : given));
  switch (final) {
    case 'C':
    case 'a':
      return Math.min(widest, cursor + count);
    case 'D':
      return Math.max(0, cursor - count);
    case 'G':
    case '`':
      return count - 1;
    case 'K':
      if (given === 1) cells.fill(null, 0, cursor + 1);
      if (given === 2) cells.fill(null);
      if (given === 0 || Number.isNaN(given)) cells.length = Math.min(cells.length, cursor);
      return cursor;
    case 'X':
      cells.fill(null, cursor, cursor + count);
      return cursor;
    case 'P':
      cells.splice(cursor, count);
      return cursor;
    case '@':
      if (cursor < cells.length) cells.splice(cursor, 0, ...Array<null>(count).fill(null));
      return cursor;
    default:
      return cursor;
  }
}

/** Cells of one look together; nothing after the last that shows something. */
function piecesOf(cells: readonly Cell[]): Piece[] {
  let end = cells.length;
  while (end > 0 && cells[end - 1] === null) end -= 1;
  const pieces: { text: string; classes: string }[] = [];
  for (const cell of cells.slice(0, end)) {
    const { text, classes } = cell ?? { text: ' ', classes: '' };
    const last = pieces.at(-1);
    if (last?.classes === classes) last.text += text;
    else pieces.push({ text, classes });
  }
  return pieces.map(({ text, classes }) => ({ text: visible(text), classes }));
}

/** Control characters as their pictures (U+2400 and on), except for the tabulator. */
function visible(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- these are the characters in question
      .replace(/[\u0000-\u0008\u000a-\u001f]/g, (character) => String.fromCharCode(0x2400 + character.charCodeAt(0)))
      // Directions and invisible marks that could make a line read as what it is not (https://trojansource.codes).
      .replace(/[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '\ufffd')
  );
}

function styled(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map((code) => (code === '' ? 0 : Number.parseInt(code, 10)));
  let next = style;
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 38 || code === 48) {
      const { colour, length } = extended(codes.slice(index + 1));
      next = code === 38 ? { ...next, foreground: colour } : { ...next, background: colour };
      index += length;
      continue;
    }
    next = simple(next, code);
  }
  return next;
}

function simple(style: Style, code: number): Style {
  const named = colourOf(code);
  if (named !== null) return { ...style, ...named };
  switch (code) {
    case 0:
      return plain;
    case 1:
      return { ...style, bold: true };
    case 2:
      return { ...style, dim: true };
    case 3:
      return { ...style, italic: true };
    case 4:
      return { ...style, underline: true };
    case 7:
      return { ...style, inverse: true };
    case 22:
      return { ...style, bold: false, dim: false };
    case 23:
      return { ...style, italic: false };
    case 24:
      return { ...style, underline: false };
    case 27:
      return { ...style, inverse: false };
    default:
      return style;
  }
}

function colourOf(code: number): { foreground: string } | { background: string } | null {
  if (code === 39) return { foreground: '' };
  if (code === 49) return { background: '' };
  const tens = Math.floor(code / 10);
  const name = colours[code % 10];
  if (name === undefined) return null;
  if (tens === 3) return { foreground: name };
  if (tens === 9) return { foreground: `bright-${name}` };
  if (tens === 4) return { background: name };
  return tens === 10 ? { background: `bright-${name}` } : null;
}

/** `38;5;n` and `38;2;r;g;b`: the nearest of the sixteen, which have enough contrast in both colour schemes. */
function extended(rest: readonly number[]): { readonly colour: string; readonly length: number } {
  if (rest[0] === 5) return { colour: ofPalette(rest[1] ?? 0), length: 2 };
  if (rest[0] === 2) return { colour: nearest(rest[1] ?? 0, rest[2] ?? 0, rest[3] ?? 0), length: 4 };
  return { colour: '', length: 0 };
}

function ofPalette(index: number): string {
  if (index < 8) return colours[index] ?? '';
  if (index < 16) return `bright-${colours[index - 8] ?? 'white'}`;
  if (index > 231) return index < 244 ? 'bright-black' : 'white';
  const cube = index - 16;
  return nearest(Math.floor(cube / 36) * 51, (Math.floor(cube / 6) % 6) * 51, (cube % 6) * 51);
}

function nearest(red: number, green: number, blue: number): string {
  const strongest = Math.max(red, green, blue);
  if (strongest < 48) return 'black';
  const on = (value: number): number => (value > strongest / 2 ? 1 : 0);
  const name = colours[on(red) + 2 * on(green) + 4 * on(blue)] ?? 'white';
  return strongest > 200 ? `bright-${name}` : name;
}

function classesOf(style: Style): string {
  const [front, back] = style.inverse
    ? [style.background || 'ground', style.foreground || 'text']
    : [style.foreground, style.background];
  return [
    front === '' ? '' : `f-${front}`,
    back === '' ? '' : `b-${back}`,
    style.bold ? 'bold' : '',
    style.dim ? 'dim' : '',
    style.italic ? 'italic' : '',
    style.underline ? 'underline' : '',
  ]
    .filter((name) => name !== '')
    .join(' ');
}
