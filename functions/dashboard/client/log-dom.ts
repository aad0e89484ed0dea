import type { Style } from '../log/ansi.ts';
import { type Drawn, emptyList, gapOf, type LineView, listOf, lostOf, note, rowOf, type RowLine } from '../log/rows.ts';

/** A line as the server tells it. */
export interface GivenLine {
  readonly number: number | null;
  readonly text: string;
  /** Bytes of the line after the text. */
  readonly more: number;
  readonly at: string | null;
}

/** So much of a line is shown. */
const shownLength = 4_096;

/** Draws lines of a log, and what lies between them, as the server does. */
export function createLogDom(holder: HTMLElement) {
  const { whole = '', start } = holder.dataset;
  const view: LineView = {
    href: (line) => `?line=${line}#L${line}`,
    wholeLine: (line) => `${whole}${line}`,
    wholeLog: '',
    start: start === undefined ? null : new Date(start),
    marked: null,
  };
  return {
    /** @returns the style in which the next line begins */
    fill: (element: HTMLLIElement, line: GivenLine, before: Style): Style => {
      const { row, style } = rowOf(shown(line), view, before);
      draw(element, row);
      return style;
    },
    list: (first: number | null): HTMLOListElement => draw(document.createElement('ol'), emptyList(first)),
    lines: (given: readonly GivenLine[]): HTMLOListElement =>
      draw(document.createElement('ol'), listOf(given.map(shown), view)),
    /** Lines that are left out here, and can be had. */
    gap: (from: number, to: number): HTMLElement =>
      draw(document.createElement('p'), gapOf({ bytes: 0, from, to }, view)),
    note: (words: string): HTMLElement => draw(document.createElement('p'), note([words])),
    lost: (from: number | null, to: number | null): HTMLElement =>
      draw(document.createElement('p'), lostOf({ bytes: 0, from, to })),
  };
}

export type LogDom = ReturnType<typeof createLogDom>;

export function link(href: string, words: string): HTMLAnchorElement {
  return draw(document.createElement('a'), { attributes: { href }, children: [words] });
}

function shown({ number, text, more, at }: GivenLine): RowLine {
  const cut = Math.max(0, text.length - shownLength);
  return {
    number,
    text: text.slice(0, shownLength),
    more: more + cut,
    part: false,
    at: at === null ? null : new Date(at),
  };
}

/** Text nodes and attributes, never markup. */
function draw<Node extends HTMLElement>(element: Node, { attributes, children }: Omit<Drawn, 'tag'>): Node {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.replaceChildren(
    ...children.map((child) => (typeof child === 'string' ? child : draw(document.createElement(child.tag), child))),
  );
  return element;
}
