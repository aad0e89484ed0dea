import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogItem } from '../../../../functions/dashboard/log/items.ts';
import { createLogReader, logLimits } from '../../../../functions/dashboard/log/reader.ts';
import { buildLogName, indexName, liveName } from '../../../../shared/attempt/layout.ts';
import { createCountedObjects, numbered, putLog, ref } from './made-log.ts';

function textOf(items: readonly LogItem[]): string[] {
  return items.map((item) => (item.kind === 'line' ? item.text : `(lost ${item.from ?? '?'} to ${item.to ?? '?'})`));
}

function numbersOf(items: readonly LogItem[]): (number | null)[] {
  return items.flatMap((item) => (item.kind === 'line' ? [item.number] : []));
}

/** A log of some chunks with about 25 bytes a line, as large as it is said. */
function large(megabytes: number): string[] {
  const each = 4 * 1024 * 1024;
  return Array.from({ length: (megabytes * 1024 * 1024) / each }, (_, chunk) => {
    const lines = Array.from({ length: 64 * 1024 }, (_line, index) => String(chunk * 64 * 1024 + index + 1));
    return lines.map((line) => `${line} ${'x'.repeat(62 - line.length)}\n`).join('');
  });
}

describe('the part of a log that a page shows', () => {
  it('is all of a short one, from the index and the chunks', async () => {
    const objects = createCountedObjects();
    putLog(objects, [numbered(10), numbered(10, 11)]);
    const excerpt = await createLogReader(objects).excerpt(ref, null);
    expect(textOf(excerpt.items)).toEqual(numbered(20).trim().split('\n'));
    expect(numbersOf(excerpt.items)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(excerpt).toMatchObject({ lines: 20, cursor: { chunk: 2, line: 20 } });
    expect(objects.used.lists).toBe(0);
  });

  it(
    'of a log of 500 MB is its first and last lines, by five reads of 200 KB together',
    { timeout: 60_000 },
    async () => {
      const objects = createCountedObjects();
      const megabytes = 64;
      putLog(objects, large(megabytes));
      // What is read does not depend on the size: the index of 500 MB is no larger than this.
      const { items, bytes, lines } = await createLogReader(objects).excerpt(ref, bytesOf(megabytes));
      expect(bytes).toBe(bytesOf(megabytes));
      expect(lines).toBe(megabytes * 16 * 1024);
      expect(items[0]).toMatchObject({ number: 1 });
      expect(items.at(-1)).toMatchObject({ number: lines });
      for (const item of items) expect(item.kind === 'line' && item.text.startsWith(`${item.number} `)).toBe(true);
      expect(objects.used.reads).toBeLessThanOrEqual(5);
      expect(objects.used.lists).toBe(0);
      expect(objects.used.bytes).toBeLessThan(200_000);
    },
  );

  it.each([1, 2, 262_144, 262_145, 500_000, 1_048_576])(
    'has line %i and those around it, if it is asked for',
    async (line) => {
      const objects = createCountedObjects();
      putLog(objects, large(64));
      const { items } = await createLogReader(objects).excerpt(ref, bytesOf(64), line);
      const numbers = numbersOf(items);
      expect(numbers).toContain(line);
      expect(numbers).toContain(Math.max(1, line - 100));
      expect(numbers).toContain(Math.min(1_048_576, line + 99));
      expect(new Set(numbers).size).toBe(numbers.length);
      for (const item of items) expect(item.kind === 'line' && item.text.startsWith(`${item.number} `)).toBe(true);
      expect(objects.used.bytes).toBeLessThan(6_000_000);
      expect(objects.used.reads).toBeLessThanOrEqual(10);
    },
  );

  it('goes on where the index ends, and counts what it does not tell', async () => {
    const objects = createCountedObjects();
    const chunks = Array.from({ length: 8 }, (_, index) => numbered(1_000, index * 1_000 + 1));
    putLog(objects, chunks, { indexed: 5, ended: false });
    const { items, lines, cursor } = await createLogReader(objects).excerpt(ref, null);
    expect(items.at(-1)).toMatchObject({ number: 8_000, text: 'line 8000' });
    expect({ lines, cursor }).toEqual({
      lines: 8_000,
      cursor: { chunk: 8, offset: Buffer.byteLength(chunks[7] ?? ''), line: 8_000 },
    });
  });

  it('does without an index', async () => {
    const objects = createCountedObjects();
    for (let number = 1; number <= 600; number += 1) {
      objects.put(liveName(ref, 'chunk', number), numbered(40, (number - 1) * 40 + 1));
    }
    const { items } = await createLogReader(objects).excerpt(ref, null);
    for (const item of items) expect(item.kind === 'line' && item.text).toBe(`line ${numbersOf([item])[0] ?? 0}`);
    expect(numbersOf(items).at(0)).toBe(1);
    expect(numbersOf(items).at(-1)).toBe(24_000);
  });

  it('without an index has no numbers after more than can be counted', async () => {
    const objects = createCountedObjects();
    for (let number = 1; number <= 5; number += 1) objects.put(liveName(ref, 'chunk', number), 'x\n'.repeat(500_000));
    const { items } = await createLogReader(objects).excerpt(ref, null);
    expect(numbersOf(items).at(0)).toBe(1);
    expect(numbersOf(items).at(-1)).toBeNull();
    expect(objects.used.bytes).toBeLessThan(1_000_000);
  });

  it('of an index that is nonsense is what the chunks are', async () => {
    const objects = createCountedObjects();
    for (const nonsense of ['{', '{"v":2}', JSON.stringify({ v: 1, ended: true, chunks: [[-1, 2]] })]) {
      objects.put(indexName(ref), nonsense);
      objects.put(liveName(ref, 'chunk', 1), numbered(3));
      const { items } = await createLogReader(objects).excerpt(ref, null);
      expect(textOf(items)).toEqual(['line 1', 'line 2', 'line 3']);
    }
  });

  it('says where a chunk is missing, and numbers go on after it', async () => {
    const objects = createCountedObjects();
    putLog(objects, [numbered(10), numbered(10, 11), numbered(10, 21)], { missing: [2] });
    const { items } = await createLogReader(objects).excerpt(ref, null);
    expect(textOf(items)).toEqual([
      ...numbered(10).trim().split('\n'),
      '(lost 11 to 20)',
      ...numbered(10, 21).trim().split('\n'),
    ]);
    expect(numbersOf(items).at(-1)).toBe(30);
  });

  it('takes a missing chunk of a small log from the archive', async () => {
    const objects = createCountedObjects();
    const whole = putLog(objects, [numbered(10), numbered(10, 11)], { missing: [1], archived: true });
    const { items } = await createLogReader(objects).excerpt(ref, whole.length);
    expect(textOf(items)).toEqual(numbered(20).trim().split('\n'));
  });

  it('says where a chunk is missing that no index tells of', async () => {
    const objects = createCountedObjects();
    objects.put(liveName(ref, 'chunk', 1), 'one\n');
    objects.put(liveName(ref, 'chunk', 3), 'three\n');
    const { items } = await createLogReader(objects).excerpt(ref, null);
    expect(textOf(items)).toEqual(['one', '(lost 2 to ?)', 'three']);
    expect(numbersOf(items)).toEqual([1, null]);
  });

  it('comes from the archive where there is nothing else', async () => {
    const objects = createCountedObjects();
    objects.put(buildLogName(ref), numbered(50));
    expect(textOf((await createLogReader(objects).excerpt(ref, numbered(50).length)).items)).toHaveLength(50);
  });

  it('shows a little of a very long line and says how much there is', async () => {
    const objects = createCountedObjects();
    putLog(objects, [`before\n${'x'.repeat(1_000_000)}\nafter\n`]);
    const { items } = await createLogReader(objects).excerpt(ref, null, 2);
    const long = items.find((item) => item.kind === 'line' && item.number === 2);
    expect(long).toMatchObject({ text: 'x'.repeat(4_096), more: 1_000_000 - 4_096, part: false });
    expect(items.at(-1)).toMatchObject({ number: 3, text: 'after' });
    const line = await createLogReader(objects).line(ref, null, 2);
    let size = 0;
    for await (const part of line ?? []) size += part.length;
    expect(size).toBe(1_000_000);
  });

  it('of a log that is one endless line is its two ends', async () => {
    const objects = createCountedObjects();
    putLog(objects, ['x'.repeat(4_000_000), 'y'.repeat(4_000_000)]);
    const { items } = await createLogReader(objects).excerpt(ref, null);
    expect(items).toMatchObject([
      { number: 1, part: true },
      { number: 1, part: true, text: 'y'.repeat(4_096) },
    ]);
    expect(objects.used.bytes).toBeLessThan(200_000);
  });

  it('never has more lines than a page bears', async () => {
    const objects = createCountedObjects();
    putLog(objects, ['\n'.repeat(140_000)]);
    const { items } = await createLogReader(objects).excerpt(ref, null);
    expect(items.length).toBeLessThanOrEqual(logLimits.headLines + logLimits.tailLines);
    expect(numbersOf(items).at(0)).toBe(1);
    expect(numbersOf(items).at(-1)).toBe(140_000);
  });

  it('tells when each line was printed', async () => {
    const objects = createCountedObjects();
    const second = 1_800_000_000;
    putLog(objects, [numbered(4)], {
      times: [
        [0, second],
        [14, 3],
      ],
    });
    const { items } = await createLogReader(objects).excerpt(ref, null);
    const times = items.map((item) => (item.kind === 'line' ? (item.at?.getTime() ?? 0) / 1_000 - second : null));
    expect(times).toEqual([0, 0, 3, 3]);
  });

  it('is right whatever is in the log and wherever it is cut', async () => {
    const piece = fc.oneof(
      fc.constantFrom('\n', '\n\n', 'a', 'é\n', 'x'.repeat(6_000)),
      fc.string({ maxLength: 9 }).map((text) => `${text}\n`),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 1, maxLength: 40 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.nat(45),
        fc.nat(7),
        async (pieces, cuts, wanted, indexed) => {
          const whole = Buffer.from(pieces.join(''));
          const ends = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
          const bounds = [...new Set([0, ...ends, whole.length])];
          const chunks = bounds.slice(1).map((end, index) => whole.subarray(bounds[index], end));
          const objects = createCountedObjects();
          putLog(objects, chunks, { indexed: Math.min(indexed, chunks.length) });
          const expected = whole.toString('utf8').replace(/\n$/, '').split('\n');

          const { items } = await createLogReader(objects).excerpt(ref, null, wanted + 1);
          const around = await createLogReader(objects).lines(ref, null, { from: wanted + 1, count: 5 });

          const shown = (line: string) => Buffer.from(line).subarray(0, 4_096).toString('utf8');
          expect(textOf(items)).toEqual(expected.map(shown));
          expect(numbersOf(items)).toEqual(expected.map((_, index) => index + 1));
          const from = Math.min(wanted, expected.length);
          if (wanted < expected.length) expect(textOf(around.items)).toEqual(expected.slice(from, from + 5).map(shown));
        },
      ),
      { numRuns: 300 },
    );
  });
});

function bytesOf(megabytes: number): number {
  return megabytes * 1024 * 1024;
}
