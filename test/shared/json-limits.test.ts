import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin } from '../../shared/json-limits.ts';

const within = (text: string, limits = { depth: 3, values: 10 }) => isWithin(Buffer.from(text), limits);

describe('the limits of a JSON text', () => {
  it.each([
    ['[[[]]]', true],
    ['[[[[]]]]', false],
    ['{"a":{"b":[1]}}', true],
    ['{"a":{"b":[{}]}}', false],
    ['[1,2,3,4,5,6,7,8,9]', true],
    ['[1,2,3,4,5,6,7,8,9,10]', false],
    [String.raw`["[[[[","{{{{","\"[[[[",",,,,,,,,,,,,,"]`, true],
    [String.raw`"\\",[[[[]]]]`, false],
  ])('%s: %j', (text, is) => {
    expect(within(text)).toBe(is);
  });

  it('are those of the values, whatever stands in strings', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        expect(within(text, { depth: depthOf(value), values: 1e9 })).toBe(true);
        expect(within(text, { depth: depthOf(value) - 1, values: 1e9 })).toBe(depthOf(value) === 0);
      }),
    );
  });
});
