import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faults } from './faults.ts';

const root = join(import.meta.dirname, '../..');

describe('the list of faults', () => {
  it.each(faults)('can have “$name” put in, where $file is now', async ({ file, find, replace, tests }) => {
    const text = await readFile(join(root, file), 'utf8');
    expect(text.split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
    for (const test of tests) expect(existsSync(join(root, test)), test).toBe(true);
  });
});
