import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { withBundle } from '../support/bundled.ts';
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
  const left = await withBundle('test/upgrade/leave.ts', async (program) => {
    const made = (await import(pathToFileURL(program).href)) as { readonly leave: typeof leave };
    return await made.leave(Number(values.seed), Number(values.minutes));
  });
  await writeFile(file, `${JSON.stringify(left, null, 1)}\n`);
}
