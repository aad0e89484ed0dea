import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundled, root } from '../support/bundled.ts';
import type { leave } from './leave.ts';

const help = `npm run left-behind -- FILE [--seed N] [--minutes N]

Writes down what this version leaves behind after so many minutes of a drawn story (4, 25).
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '4' },
    minutes: { type: 'string', default: '25' },
    help: { type: 'boolean', default: false },
  },
});
const [file] = positionals;
if (values.help || file === undefined) {
  process.stdout.write(help);
  process.exitCode = values.help ? 0 : 2;
} else {
  // Inside of the project, so that what is not bundled is found.
  const folder = await mkdtemp(join(root, 'node_modules/.upgrade-'));
  try {
    const program = join(folder, 'leave.mjs');
    await bundled('test/upgrade/leave.ts', program);
    const made = (await import(pathToFileURL(program).href)) as { readonly leave: typeof leave };
    const left = await made.leave(Number(values.seed), Number(values.minutes));
    await writeFile(file, `${JSON.stringify(left, null, 1)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
