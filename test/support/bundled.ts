import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

export const root = fileURLToPath(new URL('../..', import.meta.url));

async function bundled(entry: string, outfile: string, plugins: readonly Plugin[]): Promise<void> {
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    logLevel: 'error',
    plugins: [...plugins],
  });
}

/**
 * Makes one program of a file and what it imports of ours, the pages too, which Node alone does not read. It is there for as long as
 * it is used. @param use is told where it is
 */
export async function withBundle<Result>(
  entry: string,
  use: (file: string) => Promise<Result>,
  plugins: readonly Plugin[] = [],
): Promise<Result> {
  // Inside of the project, so that what is not bundled is found.
  const folder = await mkdtemp(join(root, 'node_modules/.bundle-'));
  try {
    const file = join(folder, 'program.mjs');
    await bundled(entry, file, plugins);
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
