import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter } from '../../../shared/bazel/lines.ts';

describe('cutting bytes into lines', () => {
  it('gives the same lines in whatever pieces the bytes come', () => {
    const text = fc.array(fc.string({ unit: 'grapheme' })).map((parts) => parts.join('\n'));
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (whole, sizes) => {
        const bytes = Buffer.from(whole);
        const splitter = createLineSplitter({ maxBytes: 1_000_000 });
        const lines: string[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          lines.push(...splitter.write(bytes.subarray(at, at + size)));
          at += size;
        }
        lines.push(splitter.end() ?? '');

        expect(lines.join('\n')).toBe(whole);
      }),
    );
  });

  it('gives an empty line for one that is too long, and keeps count', () => {
    const splitter = createLineSplitter({ maxBytes: 4 });
    expect(splitter.write(Buffer.from('ab\nabc'))).toEqual(['ab']);
    expect(splitter.write(Buffer.from('de\nabcd\nab'))).toEqual(['', 'abcd']);
    expect(splitter.write(Buffer.from('cdefg'))).toEqual([]);
    expect(splitter.end()).toBe('');
    expect(splitter.end()).toBeNull();
  });

  it('does not hold on to the caller’s buffer', () => {
    const splitter = createLineSplitter({ maxBytes: 100 });
    const buffer = Buffer.from('one');
    splitter.write(buffer);
    buffer.fill('x');
    expect(splitter.write(Buffer.from('\n'))).toEqual(['one']);
  });

  it('tells an unfinished line at the end, and nothing after a finished one', () => {
    const splitter = createLineSplitter({ maxBytes: 100 });
    splitter.write(Buffer.from('one\ntwo'));
    expect(splitter.end()).toBe('two');
    splitter.write(Buffer.from('three\n'));
    expect(splitter.end()).toBeNull();
  });
});
