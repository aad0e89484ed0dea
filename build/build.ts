import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { generatedManifest } from './manifest.ts';
import { type Deployable, deployables } from './deployables.ts';

/** What came out for one deployable. */
export interface Built {
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  /** SHA-256 over names and contents of all its files: equal sources give an equal hash, wherever they are built. */
  readonly hash: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** The npm packages that became part of its programs. */
  readonly packages: readonly string[];
}

export interface BuildOrder {
  /** The folder of the sources, with their `package.json` and `node_modules`. */
  readonly root: string;
  readonly outDir: string;
  /** Names of the only parts to build; all of them when absent. */
  readonly only?: readonly string[];
  readonly parts?: readonly Deployable[];
}

type Files = ReadonlyMap<string, Uint8Array>;

/**
 * Bundles every deployable into its folder below `outDir`: files appear whole (two builds at once are harmless), and what
 * an earlier build left in these folders is removed. A missing source is an error.
 */
export async function buildAll(order: BuildOrder): Promise<readonly Built[]> {
  const root = resolve(order.root);
  const outDir = resolve(order.outDir);
  const parts = chosen(order.parts ?? deployables, order.only);
  await requireSources(root, parts);
  const built = await Promise.all(parts.map(async (part) => await buildPart({ root, outDir, part })));
  await linkModules(root, outDir);
  return built;
}

function chosen(parts: readonly Deployable[], only: readonly string[] | undefined): readonly Deployable[] {
  if (only === undefined) return parts;
  const unknown = only.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) throw new Error(`nothing to build is called ${unknown.join(', ')}`);
  return parts.filter((part) => only.includes(part.name));
}

async function requireSources(root: string, parts: readonly Deployable[]): Promise<void> {
  const sources = parts.flatMap((part) => Object.values({ ...part.programs, ...part.assets, ...part.copies }));
  const present = await Promise.all(sources.map(async (source) => await isFile(join(root, source))));
  const missing = sources.filter((_, index) => present[index] !== true);
  if (missing.length > 0) throw new Error(`missing sources: ${missing.join(', ')}`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function buildPart(place: {
  readonly root: string;
  readonly outDir: string;
  readonly part: Deployable;
}): Promise<Built> {
  const { root, part } = place;
  const folder = join(place.outDir, part.folder);
  const [programs, assets, copies, manifest] = await Promise.all([
    bundle(root, part, part.programs, programOptions(part)),
    bundle(root, part, part.assets ?? {}, assetOptions),
    copied(root, part.copies ?? {}),
    generatedManifest(root, part),
  ]);
  const files: Files = new Map(
    [...programs.files, ...assets.files, ...copies, ...manifest].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  await writeFiles(folder, files, new Set(part.executables));
  return {
    name: part.name,
    folder,
    hash: hashOf(files),
    files: [...files].map(([name, content]) => ({ name, bytes: content.byteLength })),
    packages: programs.packages,
  };
}

// Some dependencies are CommonJS and look for these names, which an ES module does not have.
const commonJsNames = [
  "import { createRequire as createRequireForBundle } from 'node:module';",
  "import { dirname as dirnameForBundle } from 'node:path';",
  "import { fileURLToPath as fileUrlToPathForBundle } from 'node:url';",
  'const require = createRequireForBundle(import.meta.url);',
  'const __filename = fileUrlToPathForBundle(import.meta.url);',
  'const __dirname = dirnameForBundle(__filename);',
].join('\n');

/**
 * An import of `node:http` names all that it exports, and to name its `WebSocket` Node loads the whole of `fetch` (34 ms of a cold start
 * on Node 24.21). What is required is taken by name, when it is used.
 */
const httpByName: Plugin = {
  name: 'http-by-name',
  setup(bundling) {
    bundling.onResolve({ filter: /^(?:node:)?http$/ }, ({ kind }) =>
      kind === 'require-call' ? { path: 'node:http', external: true } : { path: 'http', namespace: 'by-name' },
    );
    bundling.onLoad({ filter: /.*/, namespace: 'by-name' }, () => ({
      contents: 'module.exports = require("node:http");',
    }));
  },
};

function programOptions(part: Deployable): BuildOptions {
  return {
    plugins: [httpByName],
    platform: 'node',
    format: 'esm',
    target: `node${part.node}`,
    banner: { js: commonJsNames },
    external: [...(part.runtimeDependencies ?? [])],
    // What a program imports only when it needs it stays out of its start.
    splitting: part.splitting ?? false,
    chunkNames: 'chunks/[name]-[hash]',
    // Names stay, so that stack traces stay readable.
    minifySyntax: true,
    minifyWhitespace: true,
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    sourcemap: 'linked',
    sourcesContent: false,
  };
}

const assetOptions: BuildOptions = { platform: 'browser', format: 'iife', target: 'es2022', minify: true };

async function bundle(
  root: string,
  part: Deployable,
  entries: Readonly<Record<string, string>>,
  options: BuildOptions,
): Promise<{ readonly files: Files; readonly packages: readonly string[] }> {
  if (Object.keys(entries).length === 0) return { files: new Map(), packages: [] };
  // Paths in source maps are relative to the output: a fixed, imaginary place keeps them the same for every `outDir`.
  const outdir = join(root, 'dist', part.folder);
  const result = await build({
    ...options,
    absWorkingDir: root,
    bundle: true,
    write: false,
    outdir,
    metafile: true,
    legalComments: 'none',
    logLevel: 'silent',
    entryPoints: Object.entries(entries).map(([file, source]) => ({
      in: join(root, source),
      out: withoutSuffix(file),
    })),
    outExtension: Object.keys(entries).some((file) => file.endsWith('.mjs')) ? { '.js': '.mjs' } : {},
  });
  return {
    files: new Map(
      result.outputFiles.map(({ path, contents }) => [relative(outdir, path).split(sep).join('/'), contents]),
    ),
    packages: packagesOf(Object.keys(result.metafile.inputs)),
  };
}

function withoutSuffix(file: string): string {
  return file.replace(/\.[a-z]+$/, '');
}

/** Names of npm packages among paths like `node_modules/@scope/name/lib/file.js`. */
function packagesOf(paths: readonly string[]): readonly string[] {
  const names = paths.flatMap((path) => {
    const match = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
    return match?.[1] === undefined ? [] : [match[1]];
  });
  return [...new Set(names)].toSorted();
}

async function copied(root: string, copies: Readonly<Record<string, string>>): Promise<Files> {
  const entries = Object.entries(copies);
  return new Map(
    await Promise.all(entries.map(async ([name, source]) => [name, await readFile(join(root, source))] as const)),
  );
}

function hashOf(files: Files): string {
  const hash = createHash('sha256');
  for (const [name, content] of files) hash.update(`${name}\0${content.byteLength}\0`).update(content);
  return hash.digest('hex');
}

async function writeFiles(folder: string, files: Files, executables: ReadonlySet<string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Promise.all(
    [...files].map(async ([name, content]) => {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      // A function that starts while another build goes on reads the old file or the new one, never half of one.
      const unfinished = join(dirname(path), `.${basename(path)}.${process.pid}`);
      await writeFile(unfinished, content);
      await chmod(unfinished, executables.has(name) ? 0o755 : 0o644);
      await rename(unfinished, path);
    }),
  );
  const present = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = present
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  const stale = names.filter((name) => !files.has(name));
  await Promise.all(stale.map(async (name) => await rm(join(folder, name), { force: true })));
}

/** Bundles find what they do not contain in the nearest `node_modules`: outside of the project, a link to its own. */
async function linkModules(root: string, outDir: string): Promise<void> {
  if (outDir === root || outDir.startsWith(root + sep)) return;
  try {
    await symlink(join(root, 'node_modules'), join(outDir, 'node_modules'), 'dir');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** `npm run build [-- --out DIR] [--only NAME]… [--json]` */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      only: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
    },
  });
  const root = fileURLToPath(new URL('..', import.meta.url));
  const started = performance.now();
  const built = await buildAll({
    root,
    outDir: values.out ?? join(root, 'dist'),
    ...(values.only === undefined ? {} : { only: values.only }),
  });
  if (values.json) {
    process.stdout.write(`${JSON.stringify(built.map(({ packages: _, ...part }) => part))}\n`);
    return;
  }
  for (const { name, folder, hash, files } of built) {
    const kibibytes = files.reduce((sum, { bytes }) => sum + bytes, 0) / 1024;
    process.stdout.write(
      `${name.padEnd(10)} ${kibibytes.toFixed(0).padStart(6)} KiB  ${hash.slice(0, 16)}  ${folder}\n`,
    );
  }
  process.stdout.write(`built ${built.length} in ${Math.round(performance.now() - started)} ms\n`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
