import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundled, root } from '../support/bundled.ts';

/** What a program of the project prints as JSON, run from a bundle: Node alone does not read pages. */
export async function printedBy(source: string): Promise<unknown> {
  // Inside of the project, so that what is not bundled is found.
  const folder = await mkdtemp(join(root, 'node_modules/.bench-'));
  try {
    const file = join(folder, 'program.mjs');
    await bundled(source, file);
    const { stdout } = await promisify(execFile)(process.execPath, [file], { maxBuffer: 64 * 1024 * 1024 });
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
