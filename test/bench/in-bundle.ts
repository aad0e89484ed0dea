import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { withBundle } from '../support/bundled.ts';

/** What a program of the project prints as JSON, run from a bundle: Node alone does not read pages. */
export async function printedBy(source: string): Promise<unknown> {
  return await withBundle(source, async (file) => {
    const { stdout } = await promisify(execFile)(process.execPath, [file], { maxBuffer: 64 * 1024 * 1024 });
    const printed: unknown = JSON.parse(stdout);
    return printed;
  });
}
