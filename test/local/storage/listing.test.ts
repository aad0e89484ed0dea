import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listNames, type ListingQuery } from '../../../local/storage/listing.ts';
import { compareUtf8, createNameIndex } from '../../../local/storage/name-index.ts';

const name = fc.array(fc.constantFrom('a', 'b', '/', '-', 'é', '\u{ffee}', '\u{1f600}'), {
  minLength: 1,
  maxLength: 5,
});
const names = fc.uniqueArray(
  name.map((letters) => letters.join('')),
  { maxLength: 30 },
);
const all: ListingQuery = { prefix: '', delimiter: '', startOffset: '', endOffset: '', limit: 1000, after: '' };

describe('the index of names', () => {
  it('is in the order of bytes through additions and removals', () => {
    fc.assert(
      fc.property(names, names, fc.nat(), (first, added, seed) => {
        const index = createNameIndex<number>(first.map((key) => [key, 1]));
        for (const key of added) index.set(key, 2);
        const removed = first.filter((_, place) => (place + seed) % 3 === 0);
        for (const key of removed) index.delete(key);

        const expected = [...new Set([...first, ...added])].filter((key) => !removed.includes(key)).sort(compareUtf8);
        expect([...index.namesFrom('')]).toEqual(expected);
        expect(expected.map((key) => index.get(key))).toEqual(expected.map((key) => (added.includes(key) ? 2 : 1)));
      }),
    );
  });
});

describe('a listing', () => {
  it('finds what lies between its bounds', () => {
    fc.assert(
      fc.property(names, name, name, name, (given, prefix, from, until) => {
        const query = {
          ...all,
          prefix: prefix.slice(1).join(''),
          startOffset: from.join(''),
          endOffset: until.join(''),
        };
        const index = createNameIndex<number>(given.map((key) => [key, 1]));

        const { names: found } = listNames((start) => index.namesFrom(start), query);

        const expected = given
          .filter((key) => key.startsWith(query.prefix))
          .filter((key) => compareUtf8(key, query.startOffset) >= 0 && compareUtf8(key, query.endOffset) < 0);
        expect(found).toEqual(expected.sort(compareUtf8));
      }),
    );
  });

  it('comes to the same in pages as at once', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 4 }), fc.constantFrom('', '/', 'a'), (given, limit, delimiter) => {
        const index = createNameIndex<number>(given.map((key) => [key, 1]));
        const list = (query: ListingQuery): ReturnType<typeof listNames> =>
          listNames((start) => index.namesFrom(start), query);
        const whole = list({ ...all, delimiter });

        const found = { names: [] as string[], prefixes: [] as string[] };
        for (let after: string | undefined = ''; after !== undefined;) {
          const page = list({ ...all, delimiter, limit, after });
          expect(page.names.length + page.prefixes.length).toBeLessThanOrEqual(limit);
          found.names.push(...page.names);
          found.prefixes.push(...page.prefixes);
          after = page.next;
        }

        expect(found).toEqual({ names: whole.names, prefixes: whole.prefixes });
        expect(new Set(found.prefixes).size).toBe(found.prefixes.length);
      }),
    );
  });
});
