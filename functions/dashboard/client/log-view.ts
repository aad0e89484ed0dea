import { plain, type Style } from '../log/ansi.ts';
import type { LogDom } from './log-dom.ts';

/** A page does not grow without end: of more lines than these the oldest go, while their end is being watched. */
const maxLines = 5_000;
/** So near to the end, the end is what is being read. */
const nearPixels = 32;

/** A piece of the log that came while the page was open. */
export interface NewText {
  readonly text: string;
  /** Lines before it; null where nobody has counted. */
  readonly line: number | null;
  readonly passedOver: number;
  /** What stands before it is missing. */
  readonly lost: boolean;
  readonly at: string | null;
}

/** The log on the page: takes text as it comes and never moves what a person reads. */
export interface LogView {
  append(piece: NewText): void;
  /** Another attempt begins: its log takes the place of the last one's. */
  clear(): void;
}

export function createLogView(parts: {
  /** What scrolls, and in it what holds the lines. */
  readonly log: HTMLElement;
  readonly lines: HTMLElement;
  /** The mark for lines out of sight. */
  readonly newer: HTMLElement;
  readonly dom: LogDom;
}): LogView {
  const { log, lines: holder, newer, dom } = parts;
  let list = lastList(holder) ?? holder.appendChild(dom.list(1));
  let style: Style = plain;
  /** The last line, if it has no end yet, and what it says so far. */
  let open: { readonly element: HTMLLIElement; text: string; readonly style: Style } | null = null;
  let unseen = 0;

  const nearEnd = (): boolean => log.scrollHeight - log.scrollTop - log.clientHeight < nearPixels;
  const numbered = (): boolean => !list.classList.contains('unnumbered');
  const next = (): number => list.start + list.children.length;
  const seen = (): void => {
    unseen = 0;
    newer.hidden = true;
  };
  const addLine = (text: string, at: string | null): HTMLLIElement => {
    const element = document.createElement('li');
    style = dom.fill(element, { number: numbered() ? next() : null, text, more: 0, at }, style);
    list.append(element);
    return element;
  };
  const goOn = (text: string, at: string | null): void => {
    if (open === null) return;
    const number = /^L(\d+)$/.exec(open.element.id)?.[1];
    style = dom.fill(
      open.element,
      { number: number === undefined ? null : Number(number), text, more: 0, at },
      open.style,
    );
  };
  /** What was left out before the piece is said, and the piece gets its own numbers. */
  const begin = ({ line, lost, passedOver }: NewText): void => {
    const last = list.lastElementChild;
    if (open === null && line !== null && last instanceof HTMLLIElement && last.id === `L${line + 1}`) {
      // The server's last line had no end yet.
      open = { element: last, text: last.textContent, style: plain };
    }
    const expected = open === null ? next() : next() - 1;
    if (passedOver === 0 && !lost && (line === null || !numbered() || line + 1 === expected)) return;
    const known = line !== null && numbered() && line >= expected;
    if (lost) holder.append(dom.lost(known ? expected : null, known ? line : null));
    else if (known) holder.append(dom.gap(next(), line));
    else holder.append(dom.note('Some lines are left out here; the whole log has them.'));
    list = holder.appendChild(dom.list(line === null ? null : line + 1));
    open = null;
  };
  const trim = (): void => {
    const over = list.children.length - maxLines;
    if (over <= 0) return;
    for (const line of [...list.children].slice(0, over)) line.remove();
    if (!numbered()) return;
    const before = list.previousElementSibling;
    const from = before instanceof HTMLElement && before.dataset['from'] !== undefined ? before : null;
    const gap = dom.gap(Number(from?.dataset['from'] ?? list.start), list.start + over - 1);
    list.start += over;
    if (from === null) list.before(gap);
    else from.replaceWith(gap);
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
    append(piece) {
      if (piece.text === '' && !piece.lost) return;
      const follow = nearEnd();
      holder.querySelector('.nothing')?.remove();
      begin(piece);
      const lines = piece.text.split('\n');
      // What follows the last line end is the beginning of a line, or nothing.
      const rest = lines.pop() ?? '';
      for (const [index, line] of lines.entries()) {
        if (index === 0 && open !== null) goOn(open.text + line, piece.at);
        else addLine(line, piece.at);
      }
      if (lines.length > 0) open = null;
      if (rest !== '') {
        if (open !== null) {
          open.text += rest;
          goOn(open.text, piece.at);
        } else {
          const before = style;
          open = { element: addLine(rest, piece.at), text: rest, style: before };
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
    clear() {
      list = dom.list(1);
      holder.replaceChildren(list);
      style = plain;
      open = null;
      seen();
    },
  };
}

function lastList(holder: HTMLElement): HTMLOListElement | null {
  const last = holder.lastElementChild;
  return last instanceof HTMLOListElement ? last : null;
}
