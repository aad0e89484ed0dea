import { plain, readLine, type Style } from '../log/ansi.ts';

/** A page does not grow without end: of more lines than these the oldest go, while their end is being watched. */
const maxLines = 5_000;
/** So near to the end, the end is what is being read. */
const nearPixels = 32;

/** The log on the page: takes text as it comes and never moves what a person reads. */
export interface LogView {
  append(text: string): void;
  /** Something is missing before what comes next. */
  gap(words: string): void;
  /** Another attempt begins: its log takes the place of the last one's. */
  clear(): void;
}

export function createLogView(parts: {
  /** What scrolls, and in it what holds the lines. */
  readonly log: HTMLElement;
  readonly lines: HTMLElement;
  /** The mark for lines out of sight. */
  readonly newer: HTMLElement;
}): LogView {
  const { log, lines: holder, newer } = parts;
  let list = lastList(holder);
  let style: Style = plain;
  /** The last line, if it has no end yet, and what it says so far. */
  let open: { readonly element: HTMLLIElement; text: string; readonly style: Style } | null = null;
  let unseen = 0;

  const nearEnd = (): boolean => log.scrollHeight - log.scrollTop - log.clientHeight < nearPixels;
  const show = (element: HTMLLIElement, line: string, from: Style): Style => {
    const read = readLine(line, from);
    element.replaceChildren(...read.pieces.map((piece) => nodeOf(piece.text, piece.classes)));
    return read.style;
  };
  const addLine = (line: string): HTMLLIElement => {
    const element = document.createElement('li');
    if (!list.classList.contains('unnumbered')) element.id = `L${list.start + list.children.length}`;
    style = show(element, line, style);
    list.append(element);
    return element;
  };
  const trim = (): void => {
    const over = list.children.length - maxLines;
    if (over <= 0) return;
    for (const line of [...list.children].slice(0, over)) line.remove();
    list.start += over;
  };
  const seen = (): void => {
    unseen = 0;
    newer.hidden = true;
  };

  newer.addEventListener('click', () => {
    log.scrollTop = log.scrollHeight;
    seen();
    log.focus();
  });
  log.addEventListener('scroll', () => {
    if (nearEnd()) seen();
  });

  return {
    append(text) {
      if (text === '') return;
      const follow = nearEnd();
      holder.querySelector('.nothing')?.remove();
      const lines = text.split('\n');
      // What follows the last line end is the beginning of a line, or nothing.
      const rest = lines.pop() ?? '';
      for (const [index, line] of lines.entries()) {
        if (index === 0 && open !== null) style = show(open.element, open.text + line, open.style);
        else addLine(line);
      }
      if (lines.length > 0) open = null;
      if (rest !== '') {
        if (open !== null) {
          open.text += rest;
          style = show(open.element, open.text, open.style);
        } else {
          const before = style;
          open = { element: addLine(rest), text: rest, style: before };
        }
      }
      if (follow) {
        trim();
        log.scrollTop = log.scrollHeight;
      } else {
        unseen += lines.length;
        const label = newer.querySelector('span');
        if (label !== null) label.textContent = `${unseen} new ${unseen === 1 ? 'line' : 'lines'}`;
        newer.hidden = unseen === 0;
      }
    },
    gap(words) {
      const note = document.createElement('p');
      note.className = 'gap';
      note.textContent = words;
      list = document.createElement('ol');
      list.className = 'lines unnumbered';
      holder.append(note, list);
      open = null;
    },
    clear() {
      list = document.createElement('ol');
      list.className = 'lines';
      holder.replaceChildren(list);
      style = plain;
      open = null;
      seen();
    },
  };
}

/** A log is opened at its end, unless the address names a line. */
export function showEnd(): void {
  const log = document.getElementById('log');
  if (log !== null && location.hash === '') log.scrollTop = log.scrollHeight;
}

/** A click on a line's number makes the address name that line. */
export function chooseLines(): void {
  document.getElementById('log')?.addEventListener('click', (event) => {
    const line = event.target;
    if (!(line instanceof HTMLLIElement) || line.id === '' || event.offsetX > 56) return;
    location.replace(`#${line.id}`);
  });
}

function lastList(holder: HTMLElement): HTMLOListElement {
  const lists = holder.querySelectorAll('ol');
  const last = lists[lists.length - 1];
  if (last !== undefined) return last;
  const list = document.createElement('ol');
  list.className = 'lines';
  holder.append(list);
  return list;
}

function nodeOf(text: string, classes: string): Node {
  if (classes === '') return document.createTextNode(text);
  const span = document.createElement('span');
  span.className = classes;
  span.textContent = text;
  return span;
}
