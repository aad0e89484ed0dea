import { jsx } from 'hono/jsx';
import type { LogItem, LogLine } from '../log/items.ts';
import { type Drawn, gapOf, type LineView, listOf, lostOf, plainList } from '../log/rows.ts';

/** Lines as a list without numbers. */
export function LogLines({ lines }: { readonly lines: readonly string[] }) {
  return markup(plainList(lines));
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
  return rowsOf(items, end, view).map(markup);
}

/** JSX escapes each piece of text. */
function markup({ tag, attributes, children }: Drawn): ReturnType<typeof jsx> {
  return jsx(tag, attributes, ...children.map((child) => (typeof child === 'string' ? child : markup(child))));
}

function rowsOf(items: readonly LogItem[], end: number, view: LineView): Drawn[] {
  const blocks = blocksOf(items);
  return blocks.flatMap((block, index) => {
    const before = blocks[index - 1];
    const skipped = block.offset - (before?.end ?? 0);
    // Numbers are 0 where nobody has counted.
    const from = before === undefined ? 1 : before.to === 0 ? 0 : before.to + 1;
    const isCut = index === blocks.length - 1 && block.end < end;
    return [
      ...(skipped <= 0 ? [] : [gap(skipped, { from, to: block.from - 1 }, view)]),
      block.lost
        ? lostOf({ bytes: block.end - block.offset, from: block.from || null, to: block.to || null })
        : listOf(block.lines, view),
      ...(isCut ? [gap(end - block.end, { from: block.to + 1, to: 0 }, view)] : []),
    ];
  });
}

function gap(bytes: number, { from, to }: { readonly from: number; readonly to: number }, view: LineView): Drawn {
  const known = from > 0 && to >= from;
  return gapOf({ bytes, from: known ? from : null, to: known ? to : null }, view);
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
