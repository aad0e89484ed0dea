import { plain, readLine, type Style } from '../log/ansi.ts';
import { elapsed, linesBetween, printedAt } from '../words/line.ts';
import { bytes } from '../words/text.ts';

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

/** Makes what the server makes of lines and of what lies between them: text nodes and class names, never markup. */
export function createLogDom(holder: HTMLElement) {
  const { whole = '', start } = holder.dataset;
  const began = start === undefined ? null : new Date(start);

  /** @returns the style in which the next line begins */
  const fill = (element: HTMLLIElement, line: GivenLine, style: Style): Style => {
    const read = readLine(line.text.slice(0, shownLength), style);
    element.replaceChildren(...read.pieces.map((piece) => nodeOf(piece.text, piece.classes)));
    const more = line.more + Math.max(0, line.text.length - shownLength);
    if (more > 0) element.append(restOf(line, more));
    if (line.number !== null) element.id = `L${line.number}`;
    if (line.at !== null) {
      const at = new Date(line.at);
      element.title = printedAt(at, began);
      element.dataset['at'] = elapsed(began ?? at, at);
    }
    return read.style;
  };
  const restOf = (line: GivenLine, more: number): HTMLElement => {
    const rest = document.createElement('span');
    rest.className = 'cut';
    rest.append(`… ${bytes(more)} more `);
    if (line.number !== null) rest.append(link(`${whole}${line.number}`, 'whole line'));
    return rest;
  };
  const list = (from: number | null): HTMLOListElement => {
    const element = document.createElement('ol');
    element.className = from === null ? 'lines unnumbered' : 'lines';
    if (from !== null) element.start = from;
    return element;
  };

  return {
    fill,
    list,
    lines: (given: readonly GivenLine[]): HTMLOListElement => {
      const element = list(given[0]?.number ?? null);
      let style = plain;
      for (const line of given) {
        const item = document.createElement('li');
        style = fill(item, line, style);
        element.append(item);
      }
      return element;
    },
    /** Lines that are left out here, and can be had. */
    gap: (from: number, to: number): HTMLElement => {
      const element = note(`${linesBetween({ bytes: 0, from, to })} left out here `);
      element.dataset['from'] = String(from);
      element.dataset['to'] = String(to);
      for (const [way, words, line] of [
        ['down', 'Show the first of them', from],
        ['up', 'Show the last of them', to],
      ] as const) {
        const there = link(`?line=${line}#L${line}`, words);
        there.dataset['show'] = way;
        element.append(there, ' ');
      }
      return element;
    },
    note,
    lost: (from: number | null, to: number | null): HTMLElement => {
      const words = linesBetween({ bytes: 0, from, to });
      const element = note(`${words} missing here: this part of the log could not be kept.`);
      element.classList.add('lost');
      return element;
    },
  };
}

export type LogDom = ReturnType<typeof createLogDom>;

export function link(href: string, words: string): HTMLAnchorElement {
  const element = document.createElement('a');
  element.href = href;
  element.textContent = words;
  return element;
}

function note(words: string): HTMLElement {
  const element = document.createElement('p');
  element.className = 'gap';
  element.textContent = words;
  return element;
}

function nodeOf(text: string, classes: string): Node {
  if (classes === '') return document.createTextNode(text);
  const span = document.createElement('span');
  span.className = classes;
  span.textContent = text;
  return span;
}
