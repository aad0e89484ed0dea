import { plain, readLine, type Style } from '../log/ansi.ts';

/**
 * Lines as a list. `from` is the number of the first one; without it they have none. Whatever bytes the lines hold, they
 * become text: JSX escapes each piece.
 */
export function LogLines({ lines, from }: { readonly lines: readonly string[]; readonly from?: number | undefined }) {
  const rendered = inStyle(lines);
  return from === undefined ? (
    <ol class="lines unnumbered">
      {rendered.map((pieces) => (
        <li>{pieces}</li>
      ))}
    </ol>
  ) : (
    <ol class="lines" start={from}>
      {rendered.map((pieces, index) => (
        <li id={`L${from + index}`}>{pieces}</li>
      ))}
    </ol>
  );
}

/** The lines of a text; a line end at the very end begins no further one. */
export function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function inStyle(lines: readonly string[]) {
  let style: Style = plain;
  return lines.map((line) => {
    const read = readLine(line, style);
    ({ style } = read);
    return read.pieces.map(({ text, classes }) => (classes === '' ? text : <span class={classes}>{text}</span>));
  });
}
