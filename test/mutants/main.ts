import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { environment } from '../../shared/config.ts';
import { type Fault, faults } from './faults.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** Every fault has so long; a test that hangs has found it. */
const patienceMilliseconds = 300_000;
/** So many of them must be found. */
const wanted = 0.9;

/** A copy of the project as it is in the work tree, with the same installed packages. */
async function copyProject(folder: string): Promise<void> {
  const { stdout } = await run('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root });
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(join(root, file), join(folder, file)).catch(() => undefined);
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
}

async function isFound(folder: string, fault: Fault): Promise<boolean> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  try {
    await run(process.execPath, [vitest, 'run', '--config=test/vitest.config.ts', '--bail=1', ...fault.tests], {
      cwd: folder,
      env: { ...environment() },
      timeout: patienceMilliseconds,
      maxBuffer: 256 * 1024 * 1024,
    });
    return false;
  } catch {
    return true;
  }
}

/** `npm run mutants [-- WORDS]`: puts each fault into a copy, one by one, and says which of them the tests find. */
async function main(words: readonly string[]): Promise<void> {
  const chosen = faults.filter(({ name, file }) => words.every((word) => `${name} ${file}`.includes(word)));
  const folder = await mkdtemp(join(tmpdir(), 'yb-mutants-'));
  try {
    await copyProject(folder);
    let found = 0;
    for (const fault of chosen) {
      const file = join(folder, fault.file);
      const text = await readFile(file, 'utf8');
      if (text.split(fault.find).length !== 2) throw new Error(`${fault.file} does not have once: ${fault.find}`);
      await writeFile(
        file,
        text.replace(fault.find, () => fault.replace),
      );
      const killed = await isFound(folder, fault);
      await writeFile(file, text);
      if (killed) found += 1;
      process.stdout.write(`${killed ? 'found ' : 'LIVES '} ${fault.name} (${fault.file}; ${fault.rule})\n`);
    }
    process.stdout.write(`${found} of ${chosen.length} killed\n`);
    process.exitCode = found >= chosen.length * wanted ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
