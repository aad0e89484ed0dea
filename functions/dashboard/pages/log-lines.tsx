import { plain, readLine, type Style } from '../log/ansi.ts';
import type { LogItem, LogLine } from '../log/items.ts';
import { elapsed, linesBetween, printedAt } from '../words/line.ts';
import { bytes } from '../words/text.ts';

/** Lines as a list without numbers. Whatever bytes the lines hold, they become text: JSX escapes each piece. */
export function LogLines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ol class="lines unnumbered">
      {inStyle(lines).map((pieces) => (
        <li>{pieces}</li>
      ))}
    </ol>
  );
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

/** Parts of a log in its order, with what is left out and what is missing said between them, each at its place. */
export function LogItems({
  items,
  end,
  view,
}: {
  readonly items: readonly LogItem[];
  /** Bytes of the whole log. */
  readonly end: number;
  readonly view: LineView;
}) {
  const blocks = blocksOf(items);
  return blocks.map((block, index) => {
    const before = blocks[index - 1];
    const skipped = block.offset - (before?.end ?? 0);
    // Numbers are 0 where nobody has counted.
    const from = before === undefined ? 1 : before.to === 0 ? 0 : before.to + 1;
    const gap = skipped <= 0 ? null : <Gap bytes={skipped} from={from} to={block.from - 1} view={view} />;
    const last = index === blocks.length - 1 && block.end < end;
    return (
      <>
        {gap}
        {block.lost ? (
          <p class="gap lost">
            {linesBetween({ bytes: block.end - block.offset, from: block.from || null, to: block.to || null })} missing
            here: this part of the log could not be kept.
          </p>
        ) : (
          <Lines lines={block.lines} view={view} />
        )}
        {last ? <Gap bytes={end - block.end} from={block.to + 1} to={0} view={view} /> : null}
      </>
    );
  });
}

/** Lines that follow each other, or a part that is missing; numbers are 0 where nobody has counted. */
interface Block {
  readonly lost: boolean;
  readonly offset: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
  readonly lines: readonly LogLine[];
}

function blocksOf(items: readonly LogItem[]): Block[] {
  const blocks: Block[] = [];
  for (const item of items) {
    const before = blocks.at(-1);
    if (item.kind === 'lost') {
      const { offset, end } = item;
      blocks.push({ lost: true, offset, end, from: item.from ?? 0, to: item.to ?? 0, lines: [] });
      continue;
    }
    const number = item.number ?? 0;
    if (before === undefined || before.lost || before.end !== item.offset || (before.from === 0) !== (number === 0)) {
      blocks.push({ lost: false, offset: item.offset, end: item.end, from: number, to: number, lines: [item] });
    } else {
      blocks[blocks.length - 1] = { ...before, end: item.end, to: number, lines: [...before.lines, item] };
    }
  }
  return blocks;
}

/** What is left out can be had from either end; with a script it comes without another page. */
function Gap(part: { readonly bytes: number; readonly from: number; readonly to: number; readonly view: LineView }) {
  const { from, to, view } = part;
  const known = from > 0 && to >= from;
  return (
    <p class="gap" {...(known ? { 'data-from': from, 'data-to': to } : {})}>
      <span>{linesBetween({ bytes: part.bytes, from: known ? from : null, to: known ? to : null })} left out here</span>{' '}
      {known ? (
        <>
          <a href={view.href(from)} data-show="down">
            Show the first of them
          </a>{' '}
          <a href={view.href(to)} data-show="up">
            Show the last of them
          </a>
        </>
      ) : (
        <a href={view.wholeLog}>Whole log</a>
      )}
    </p>
  );
}

function Lines({ lines, view }: { readonly lines: readonly LogLine[]; readonly view: LineView }) {
  const rendered = inStyle(lines.map(({ text }) => text));
  const first = lines[0]?.number ?? null;
  return (
    <ol class={first === null ? 'lines unnumbered' : 'lines'} {...(first === null ? {} : { start: first })}>
      {lines.map((line, index) => (
        <li {...attributesOf(line, view)}>
          {rendered[index]}
          <Rest line={line} view={view} />
        </li>
      ))}
    </ol>
  );
}

function attributesOf({ number, at }: LogLine, { start, marked }: LineView): Record<string, string> {
  const chosen = number !== null && marked !== null && number >= marked.from && number <= marked.to;
  return {
    ...(number === null ? {} : { id: `L${number}` }),
    ...(chosen ? { class: 'chosen' } : {}),
    ...(at === null ? {} : { title: printedAt(at, start), 'data-at': elapsed(start ?? at, at) }),
  };
}

/** A line too long for a page says how much there is of it. */
function Rest({ line, view }: { readonly line: LogLine; readonly view: LineView }) {
  if (line.more === 0 && !line.part) return null;
  const words = line.more > 0 ? `… ${bytes(line.more)} more` : '… only a part of this line';
  return (
    <span class="cut">
      {words} {line.number === null ? null : <a href={view.wholeLine(line.number)}>whole line</a>}
    </span>
  );
}

function inStyle(lines: readonly string[]) {
  let style: Style = plain;
  return lines.map((line) => {
    const read = readLine(line, style);
    ({ style } = read);
    return read.pieces.map(({ text, classes }) => (classes === '' ? text : <span class={classes}>{text}</span>));
  });
}
