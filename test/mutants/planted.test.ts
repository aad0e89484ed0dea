import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { plants } from '../simulation/plants.ts';
import { faults } from './faults.ts';

// What is moved or written anew takes its planted faults along: otherwise nobody would notice until somebody plants them.
it.each([...plants, ...faults].map(({ name, ...planted }) => [name, planted] as const))(
  'the fault "%s" can be planted: what it changes stands there once',
  (_, { file, find, replace }) => {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    expect(text.split(find)).toHaveLength(2);
    expect(text.replace(find, () => replace)).not.toBe(text);
  },
);
