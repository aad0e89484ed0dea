import { readFile, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rules } from './rules.ts';
import { describeFinding, type SourceFile } from './source-file.ts';

/** `.git` is a file in a work tree beside the first one. */
const ignored = new Set(['node_modules', 'dist', 'coverage', '.git', '.terraform']);
const binary = /\.(png|ico|jpg|gz|woff2|zip)$/;

/** All files of a tree, in a fixed order, without what is installed, built or fetched; of those that are no text, only that they are there. */
export async function readTree(root: string): Promise<readonly SourceFile[]> {
  const paths = (await walk(root)).toSorted();
  return await Promise.all(
    paths.map(async (path) => ({
      path: relative(root, path).split(sep).join('/'),
      text: binary.test(path) ? '' : await readFile(path, 'utf8'),
    })),
  );
}

async function walk(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const paths = await Promise.all(
    entries.map(async (entry) => {
      if (ignored.has(entry.name)) return [];
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return await walk(path);
      return entry.isFile() ? [path] : [];
    }),
  );
  return paths.flat();
}

/** Every finding of every rule, one line each. */
export function findingsOf(files: readonly SourceFile[]): readonly string[] {
  return Object.entries(rules).flatMap(([name, rule]) =>
    rule(files).map((finding) => `${describeFinding(finding)} (${name})`),
  );
}

if (import.meta.main) {
  const findings = findingsOf(await readTree(fileURLToPath(new URL('../..', import.meta.url))));
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
