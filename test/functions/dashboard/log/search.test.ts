import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogReader } from '../../../../functions/dashboard/log/reader.ts';
import { searchLimits, searchLog, type Hit } from '../../../../functions/dashboard/log/search.ts';
import { createCountedObjects, numbered, putLog, ref, type CountedObjects } from './made-log.ts';

async function search(objects: CountedObjects, words: string, from = 1) {
  return await searchLog(await createLogReader(objects).open(ref, null), { words, from });
}

/** All lines that are found by searching on and on, and how many searches it took. */
async function searchAll(objects: CountedObjects, words: string): Promise<{ hits: Hit[]; searches: number }> {
  const hits: Hit[] = [];
  let searches = 0;
  for (let from: number | null = 1; from !== null; searches += 1) {
    const found = await search(objects, words, from);
    if (found.next !== null) expect(found.next).toBeGreaterThan(from);
    hits.push(...found.hits);
    from = found.next;
  }
  return { hits, searches };
}

const esc = '\u001b';

describe('a search in a log', () => {
  it.each([
    ['WORLD', 'hello world', 'world'],
    ['hello world', `${esc}[31mhello ${esc}[0mworld`, 'hello world'],
    ['100 %', '50 %\r100 %', '100 %'],
    ['a.c(d)[e]{f}|g^h$i*j+k?l\\m/n-o', 'x a.c(d)[e]{f}|g^h$i*j+k?l\\m/n-o y', 'a.c(d)[e]{f}|g^h$i*j+k?l\\m/n-o'],
    ['ÄRGER', 'ärger', 'ärger'],
    ['\ud800', 'x\ufffdy', null],
    ['a.c', 'abc', null],
    ['50', '50 %\r100 %', null],
    ['[31m', `${esc}[31mx`, null],
  ])('for %j in %j finds %j', async (words, line, found) => {
    const objects = createCountedObjects();
    putLog(objects, [`first\n${line}\nlast\n`]);
    const { hits, next } = await search(objects, words);
    expect(hits.map((hit) => [hit.line, hit.text.slice(hit.start, hit.end)])).toEqual(
      found === null ? [] : [[2, found]],
    );
    expect(next).toBeNull();
  });

  it('shows what stands around the words in a long line', async () => {
    const objects = createCountedObjects();
    putLog(objects, [`${'a'.repeat(500_000)} needle ${'b'.repeat(500_000)}`]);
    const [hit] = (await search(objects, 'needle')).hits;
    expect(hit?.text.slice(hit.start, hit.end)).toBe('needle');
    expect(hit?.text.length).toBeLessThan(220);
  });

  it('finds words in a line that stands in two chunks, and in one that is longer than any', async () => {
    const objects = createCountedObjects();
    putLog(objects, ['one\ntwo nee', `dle\n${'x'.repeat(2_000_000)}need`, `le${'x'.repeat(1_000_000)}\nneedle`]);
    expect((await searchAll(objects, 'needle')).hits.map(({ line }) => line)).toEqual([2, 3, 4]);
  });

  it(
    'reads no more than it may at once, whatever the log, and goes on where it ended',
    { timeout: 60_000 },
    async () => {
      const objects = createCountedObjects();
      const chunk = (number: number) => `${'x'.repeat(63)}\n`.repeat(65_535) + `${`needle ${number}`.padEnd(63)}\n`;
      putLog(
        objects,
        Array.from({ length: 8 }, (_, index) => chunk(index + 1)),
      );
      const first = await search(objects, 'needle');
      expect(objects.used.bytes).toBeLessThan(searchLimits.bytes + 10_000);
      expect(first).toMatchObject({ from: 1, to: 131_072, next: 131_073 });
      const { hits, searches } = await searchAll(objects, 'needle');
      expect(hits.map(({ line }) => line)).toEqual(Array.from({ length: 8 }, (_, index) => (index + 1) * 65_536));
      expect(searches).toBe(4);
    },
  );

  it('reads no more chunks than it may at once', async () => {
    const objects = createCountedObjects();
    putLog(
      objects,
      Array.from({ length: 200 }, (_, index) => numbered(10, index * 10 + 1)),
    );
    objects.used.reads = 0;
    expect((await search(objects, 'nothing')).next).toBe(641);
    expect(objects.used.reads).toBeLessThanOrEqual(searchLimits.chunks + 1);
    expect((await searchAll(objects, 'line 1999')).hits.map(({ line }) => line)).toEqual([1999]);
  });

  it('ends when it has found enough', async () => {
    const objects = createCountedObjects();
    putLog(objects, [numbered(250)]);
    const first = await search(objects, 'line');
    expect(first.hits).toHaveLength(searchLimits.hits);
    expect(first.next).toBe(101);
    expect((await searchAll(objects, 'line')).hits).toHaveLength(250);
  });

  it('passes over what is missing', async () => {
    const objects = createCountedObjects();
    putLog(objects, ['needle\nbro', 'ken needle\nneedle\n', 'needle\n'], { missing: [2] });
    expect((await searchAll(objects, 'needle')).hits.map(({ line }) => line)).toEqual([1, 4]);
  });

  it('finds each line once, wherever the log is cut', async () => {
    const piece = fc.oneof(fc.constantFrom('\n', 'needle', 'NEED', 'le', ' '), fc.string({ maxLength: 5 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 40 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        async (pieces, cuts) => {
          const whole = Buffer.from(pieces.join(''));
          const ends = cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b);
          const bounds = [...new Set([0, ...ends, whole.length])];
          const objects = createCountedObjects();
          putLog(
            objects,
            bounds.slice(1).map((end, index) => whole.subarray(bounds[index], end)),
          );
          const plain = /^[ -~\n]*$/.test(whole.toString());
          fc.pre(plain);
          const expected = whole
            .toString()
            .split('\n')
            .flatMap((line, index) => (line.toLowerCase().includes('needle') ? [index + 1] : []));
          expect((await searchAll(objects, 'needle')).hits.map(({ line }) => line)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});
