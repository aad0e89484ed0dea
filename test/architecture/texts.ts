import { posix } from 'node:path';
import * as z from 'zod';
import { type Finding, linesOf, matchingLines, type Rule, type SourceFile } from './source-file.ts';

/** The one file that may use what stands beside a checkout. */
const ciScript = '.ci/run';

const unwanted: readonly { readonly text: RegExp; readonly what: string; readonly except?: string }[] = [
  { text: /(?<![\w.}~$)-])\/work\/\w/, what: 'a path of one machine' },
  { text: /(?<![\w.}~$)-])\/tmp\/yb\b/, what: 'a path of one machine' },
  { text: /\.\.\/shared\/tools\b/, what: 'a path outside of the project', except: ciScript },
  { text: /\b(registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.pkg\.github\.com)\b/, what: 'a registry host' },
  { text: /\bacceptance (line |criterion )?\d+/i, what: 'a number of a list that is not here' },
];

/** The project's text speaks of the project alone: not of the machine it was written on. */
export const textsStandAlone: Rule = (files) =>
  files.flatMap((file) =>
    unwanted
      .filter(({ except }) => except !== file.path)
      .flatMap(({ text, what }) => matchingLines(file, (line) => text.test(line), `names ${what}`)),
  );

const lockFile = z.object({
  packages: z.record(z.string(), z.object({ resolved: z.string().optional(), link: z.boolean().optional() })),
});
const manifest = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});

/** Dependencies are exact, and the lock file names no registry: whoever installs chooses it. */
export const dependenciesArePinned: Rule = (files) => [
  ...parsed(files, 'package.json', manifest).flatMap(({ path, value }) =>
    Object.entries({ ...value.dependencies, ...value.devDependencies, ...value.optionalDependencies })
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => ({ path, message: `${name} is not pinned exactly: ${version}` })),
  ),
  ...parsed(files, 'package-lock.json', lockFile).flatMap(({ path, value }) =>
    Object.entries(value.packages)
      .filter(([, { resolved }]) => resolved !== undefined)
      .map(([name]) => ({
        path,
        message: `${name} is resolved to an address: install with omit-lockfile-registry-resolved`,
      })),
  ),
];

function parsed<Schema extends z.ZodType>(
  files: readonly SourceFile[],
  path: string,
  schema: Schema,
): readonly { readonly path: string; readonly value: z.output<Schema> }[] {
  return files
    .filter((file) => file.path === path)
    .map((file) => ({ path, value: schema.parse(JSON.parse(file.text)) }));
}

/** Every relative link of a page leads to a file, and its fragment to a heading there. */
export const linksResolve: Rule = (files) => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const folders = new Set(files.flatMap(({ path }) => parentsOf(path)));
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap((file) => linksOf(file).flatMap((link) => brokenLink(file, link, byPath, folders)));
};

function parentsOf(path: string): readonly string[] {
  const parent = posix.dirname(path);
  return parent === '.' ? [parent] : [parent, ...parentsOf(parent)];
}

interface Link {
  readonly line: number;
  readonly target: string;
}

function linksOf(file: SourceFile): readonly Link[] {
  return withoutCode(file.text).flatMap((text, index) =>
    [...text.matchAll(/\]\((?<target>[^)\s]+)(\s+"[^"]*")?\)/g)].map((match) => ({
      line: index + 1,
      target: match.groups?.['target'] ?? '',
    })),
  );
}

/** The lines of a page with everything that is shown as code left blank. */
function withoutCode(text: string): readonly string[] {
  const fences = { open: false };
  return linesOf(text).map((line) => {
    const fence = /^\s*(```|~~~)/.test(line);
    if (fence) fences.open = !fences.open;
    return fence || fences.open ? '' : line.replaceAll(/`[^`]*`/g, '');
  });
}

function brokenLink(
  file: SourceFile,
  { line, target }: Link,
  byPath: ReadonlyMap<string, SourceFile>,
  folders: ReadonlySet<string>,
): readonly Finding[] {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
  const [path = '', fragment] = target.split('#');
  const full = path === '' ? file.path : posix.join(posix.dirname(file.path), decodeURI(path)).replace(/\/$/, '');
  const page = byPath.get(full);
  if (page === undefined) {
    return folders.has(full) ? [] : [{ path: file.path, line, message: `links to nothing: ${target}` }];
  }
  if (fragment === undefined || !full.endsWith('.md') || headingsOf(page).has(fragment)) return [];
  return [{ path: file.path, line, message: `links to a heading that is not there: ${target}` }];
}

const topFolders = 'build|cli|docs|functions|local|runner|shared|terraform|test';
/** A path of this project that is shown as code: a file, or a folder with a slash at its end. */
const codePath = new RegExp(`^(?:${topFolders})/(?:[\\w.@-]+/)*(?:[\\w-]+\\.(?:tsx?|sh|yaml|md|json|css|py))?$`);

/** A path in backticks is a promise like a link: it leads to a file or a folder. */
export const pathsInCodeResolve: Rule = (files) => {
  const paths = new Set(files.flatMap(({ path }) => [path, ...parentsOf(path).map((folder) => `${folder}/`)]));
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      linesOf(text).flatMap((line, index) =>
        [...line.matchAll(/`([^`]+)`/g)]
          .map(([, code = '']) => code)
          .filter((code) => codePath.test(code) && !paths.has(code))
          .map((code) => ({ path, line: index + 1, message: `names what is not there: ${code}` })),
      ),
    );
};

/** Fragments as GitHub makes them from headings. */
function headingsOf(page: SourceFile): ReadonlySet<string> {
  const headings = withoutFences(page.text).flatMap((line) => /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1] ?? []);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(/\s/g, '-'),
    ),
  );
}

function withoutFences(text: string): readonly string[] {
  const lines = linesOf(text);
  const blank = withoutCode(text);
  return lines.filter((line, index) => line === '' || blank[index] !== '');
}
