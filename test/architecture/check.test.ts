import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findingsOf, readTree } from './check.ts';

describe('the check of a tree', () => {
  const place = { root: '' };

  beforeEach(async () => {
    place.root = await mkdtemp(join(tmpdir(), 'yb-tree-'));
  });

  afterEach(async () => {
    await rm(place.root, { recursive: true, force: true });
  });

  async function write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(place.root, path)), { recursive: true });
    await writeFile(join(place.root, path), text);
  }

  it('names the file, the line and the rule', async () => {
    await write('shared/clean.ts', 'export const a = 1;\n');
    await write('shared/state.ts', '// A counter.\nlet count = 0;\n');

    expect(findingsOf(await readTree(place.root))).toEqual([
      'shared/state.ts:2: mutable state of a module (noStateInModules)',
    ]);
  });

  it('leaves out what is installed and built, and sees files without a suffix in hidden folders', async () => {
    await write('node_modules/a/index.ts', 'let count = 0;\n');
    await write('dist/functions/webhook/index.ts', 'let count = 0;\n');
    await write('.ci/run', '#!/bin/sh\n');

    expect((await readTree(place.root)).map(({ path }) => path)).toEqual(['.ci/run']);
  });
});
