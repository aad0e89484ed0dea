import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { plants } from './plants.ts';

// What is moved or written anew takes its planted bugs along: otherwise nobody would notice until somebody plants them.
it.each(plants)('the bug “$name” can be planted: what it changes stands in $file once', ({ file, find, replace }) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  expect(text.split(find)).toHaveLength(2);
  expect(replace).not.toBe(find);
});
