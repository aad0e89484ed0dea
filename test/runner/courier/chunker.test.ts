import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkBytes, createChunker, type Chunk } from '../../../runner/courier/chunker.ts';

/** What each chunk held, although its memory is used again. */
function copyOf(chunk: Chunk | null): string | null {
  return chunk === null ? null : Buffer.from(chunk.bytes).toString();
}

/** All chunks of a fast log: pushes as much as there is room for until nothing is left. */
function cutAll(bytes: Buffer, options: Parameters<typeof createChunker>[0]): Buffer[] {
  const chunker = createChunker(options);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const piece = bytes.subarray(at, at + chunker.room());
    chunker.push(piece);
    at += piece.length;
    for (let chunk = chunker.takeFull(); chunk !== null; chunk = chunker.takeFull())
      chunks.push(Buffer.from(chunk.bytes));
  }
  const rest = chunker.take({ all: true });
  return rest === null ? chunks : [...chunks, Buffer.from(rest.bytes)];
}

describe('chunks of a log', () => {
  it('are together what was pushed, and none is larger than allowed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.integer({ min: 4, max: 64 }), (bytes, first) => {
        const chunks = cutAll(Buffer.from(bytes), { ends: [], first, most: first * 4 });
        expect(Buffer.concat(chunks).equals(Buffer.from(bytes))).toBe(true);
        for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(first * 4);
        expect(chunks.every((chunk) => chunk.length > 0)).toBe(true);
      }),
    );
  });

  it('grow while the log is fast, so that 500 MB are not 2,000 objects', () => {
    const line = `${'x'.repeat(99)}\n`;
    const chunks = cutAll(Buffer.from(line.repeat(300_000)), { ends: [] });

    const sizes = chunks.map((chunk) => Math.ceil(chunk.length / chunkBytes.first));
    expect(sizes.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 16]);
    expect(chunks.slice(0, -1).every((chunk) => chunk.at(-1) === 10)).toBe(true);
  });

  it('end where lines end, if a line ends in their second half', () => {
    const chunker = createChunker({ ends: [], first: 10, most: 10 });
    chunker.push(Buffer.from('1234567\nab'));
    expect(copyOf(chunker.takeFull())).toBe('1234567\n');
    chunker.push(Buffer.from('\n1234567'));
    // A line end so early would make a tiny chunk.
    expect(copyOf(chunker.takeFull())).toBe('ab\n1234567');
  });

  it('never end inside of a character', () => {
    const chunker = createChunker({ ends: [], first: 10, most: 10 });
    chunker.push(Buffer.from('123456789é'));
    expect(copyOf(chunker.takeFull())).toBe('123456789');
    expect(chunker.pending).toBe(2);
    chunker.push(Buffer.from('12345'));
    chunker.push(Buffer.from('🙂').subarray(0, 3));
    expect(copyOf(chunker.takeFull())).toBe('é12345');
  });

  it('of a slow log grow by whole lines, or by what there is of the first one, until they are large enough', () => {
    const chunker = createChunker({ ends: [] });
    const take = (all = false) => {
      const chunk = chunker.take({ all });
      return chunk === null ? null : { number: chunk.number, closed: chunk.closed, text: copyOf(chunk) };
    };
    expect(take()).toBeNull();
    chunker.push(Buffer.from('one\ntwo\nthr'));
    expect(take()).toEqual({ number: 1, closed: false, text: 'one\ntwo\n' });
    expect(take()).toEqual({ number: 1, closed: false, text: 'one\ntwo\nthr' });
    expect(take()).toBeNull();
    chunker.push(Buffer.from('ee\n'));
    expect(take()).toEqual({ number: 1, closed: false, text: 'one\ntwo\nthree\n' });
    chunker.push(Buffer.from('x'.repeat(64 * 1024)));
    expect(take()).toMatchObject({ number: 1, closed: true });
    expect(take()).toBeNull();
    chunker.push(Buffer.from('end'));
    expect(take()).toEqual({ number: 2, closed: false, text: 'end' });
    expect(take(true)).toEqual({ number: 2, closed: true, text: 'end' });
    expect(take(true)).toBeNull();
  });

  it('only ever grow, whenever they are taken', () => {
    const step = fc.oneof(
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: fc.constantFrom('a', 'é', '\n', '🙂'), maxLength: 8 }).map((text) => Buffer.from(text)),
      fc.constant('take' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 8, max: 24 }), (steps, first) => {
        const chunker = createChunker({ ends: [], first, most: first * 2 });
        const objects = new Map<number, Buffer>();
        const keep = (chunk: Chunk | null) => {
          if (chunk === null) return;
          const before = objects.get(chunk.number) ?? Buffer.alloc(0);
          expect(chunk.bytes.length).toBeGreaterThanOrEqual(before.length);
          expect(Buffer.from(chunk.bytes.subarray(0, before.length))).toEqual(before);
          expect(objects.has(chunk.number + 1)).toBe(false);
          objects.set(chunk.number, Buffer.from(chunk.bytes));
        };
        const pushed: Buffer[] = [];
        for (const each of steps) {
          if (each === 'take') {
            keep(chunker.take({ all: false }));
            continue;
          }
          for (let at = 0; at < each.length;) {
            const piece = each.subarray(at, at + chunker.room());
            chunker.push(piece);
            pushed.push(piece);
            at += piece.length;
            for (let chunk = chunker.takeFull(); chunk !== null; chunk = chunker.takeFull()) keep(chunk);
          }
        }
        keep(chunker.take({ all: true }));
        expect(Buffer.concat([...objects.values()])).toEqual(Buffer.concat(pushed));
      }),
      { numRuns: 2_000 },
    );
  });

  it('are cut again where an earlier courier cut them', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 500 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (bytes, cuts) => {
          const ends = [...new Set(cuts.map((cut) => (cut % bytes.length) + 1))].sort((a, b) => a - b);
          const chunks = cutAll(Buffer.from(bytes), { ends, first: 600, most: 600 });
          let start = 0;
          for (const [index, end] of ends.entries()) {
            expect(chunks[index]).toEqual(Buffer.from(bytes.subarray(start, end)));
            start = end;
          }
          expect(Buffer.concat(chunks).equals(Buffer.from(bytes))).toBe(true);
        },
      ),
    );
  });
});
