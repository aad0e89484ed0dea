import type { GivenLine, LogDom } from './log-dom.ts';

/** What the server answers: `LogLinesView` of the API. */
interface Answer {
  readonly lines: readonly (GivenLine & { readonly number: number })[];
  readonly missing: readonly { readonly from: number; readonly to: number }[];
}

const step = 200;
/** Of a line: where its number stands. */
const numberPixels = 56;

export interface LogPlaces {
  /** Shows and marks lines, wherever in the log they are. */
  show(from: number, to: number): Promise<void>;
}

/** Lines of the log that the page does not have yet come when they are asked for: by a gap's links, or by an address. */
export function createLogPlaces(parts: {
  readonly log: HTMLElement;
  readonly lines: HTMLElement;
  readonly dom: LogDom;
}): LogPlaces {
  const { log, lines: holder, dom } = parts;
  const url = holder.dataset['lines'] ?? '';
  let first = 0;

  const fill = async (gap: HTMLElement, from: number): Promise<void> => {
    const low = Number(gap.dataset['from']);
    const high = Number(gap.dataset['to']);
    const start = Math.max(low, from);
    const answer = await fetchLines(`${url}?from=${start}&count=${Math.min(step, high - start + 1)}`);
    const lines = answer.lines.filter(({ number }) => number >= low && number <= high);
    const missing = answer.missing.filter((part) => part.to >= low && part.from <= high);
    const last = Math.max(start - 1, ...lines.map(({ number }) => number), ...missing.map(({ to }) => to));
    const begun = Math.min(...lines.map(({ number }) => number), ...missing.map((part) => part.from), start);
    if (last < start) {
      gap.replaceChildren('These lines could not be had; the whole log may have them.');
      return;
    }
    const parts: HTMLElement[] = [];
    if (begun > low) parts.push(dom.gap(low, begun - 1));
    let rest = lines;
    for (const part of missing) {
      const before = rest.filter(({ number }) => number < part.from);
      if (before.length > 0) parts.push(dom.lines(before));
      rest = rest.slice(before.length);
      parts.push(dom.lost(part.from, part.to));
    }
    if (rest.length > 0) parts.push(dom.lines(rest));
    if (last < high) parts.push(dom.gap(last + 1, high));
    gap.replaceWith(...parts);
  };
  /** What is being read stays where it is. */
  const still = async (kept: Element | null, change: () => Promise<void>): Promise<void> => {
    const before = kept?.getBoundingClientRect().top ?? 0;
    await change();
    if (kept !== null) log.scrollTop += kept.getBoundingClientRect().top - before;
  };
  const gapWith = (line: number): HTMLElement | undefined =>
    [...holder.querySelectorAll<HTMLElement>('.gap[data-from]')].find(
      ({ dataset }) => Number(dataset['from']) <= line && line <= Number(dataset['to']),
    );
  const show = async (from: number, to: number): Promise<void> => {
    first = from;
    const gap = document.getElementById(`L${from}`) === null ? gapWith(from) : undefined;
    if (gap !== undefined) await fill(gap, from - step / 2);
    mark(holder, from, to);
    const target = document.getElementById(`L${from}`);
    if (target === null) return;
    const place = target.getBoundingClientRect().top - log.getBoundingClientRect().top;
    log.scrollTop += place - log.clientHeight / 3;
    log.scrollIntoView({ block: 'nearest' });
  };
  const showHash = (): boolean => {
    const [, from, to = from] = /^#L(\d{1,14})(?:-L?(\d{1,14}))?$/.exec(location.hash) ?? [];
    if (from === undefined) return false;
    void show(Number(from), Number(to));
    return true;
  };

  holder.addEventListener('click', (event) => {
    const { target } = event;
    if (target instanceof HTMLAnchorElement && target.dataset['show'] !== undefined) {
      const gap = target.closest<HTMLElement>('.gap');
      if (gap === null) return;
      event.preventDefault();
      const up = target.dataset['show'] === 'up';
      const from = up ? Number(gap.dataset['to']) - step + 1 : Number(gap.dataset['from']);
      void still(up ? gap.nextElementSibling : gap.previousElementSibling, async () => {
        await fill(gap, from);
      });
      return;
    }
    // A click on a line's number makes the address name that line; with the shift key, all from the last one to it.
    const number = target instanceof HTMLLIElement ? /^L(\d+)$/.exec(target.id)?.[1] : undefined;
    if (number === undefined || event.offsetX > numberPixels) return;
    const line = Number(number);
    const [from, to] = event.shiftKey && first > 0 ? [Math.min(first, line), Math.max(first, line)] : [line, line];
    const start = first;
    const range = from === to ? [`${from}`, `L${from}`] : [`${from}-${to}`, `L${from}-L${to}`];
    history.replaceState(null, '', `?line=${range[0] ?? ''}#${range[1] ?? ''}`);
    mark(holder, from, to);
    first = event.shiftKey && start > 0 ? start : line;
  });
  globalThis.addEventListener('hashchange', showHash);
  // A log is opened at its end, unless the address names a line.
  if (!showHash()) log.scrollTop = log.scrollHeight;
  return { show };
}

function mark(holder: HTMLElement, from: number, to: number): void {
  for (const line of holder.querySelectorAll('.chosen')) line.classList.remove('chosen');
  for (let line = from; line <= Math.min(to, from + 10_000); line += 1) {
    document.getElementById(`L${line}`)?.classList.add('chosen');
  }
}

async function fetchLines(url: string): Promise<Answer> {
  const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'error' });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  // Our own server's answer, made from the schema that this interface repeats.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as said
  return (await response.json()) as Answer;
}
