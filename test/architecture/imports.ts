import { posix } from 'node:path';
import { isTypeScript, type SourceFile } from './source-file.ts';

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** The path from the root for a file of the project, null for a package or a part of Node. */
  readonly target: string | null;
  readonly line: number;
  /** Gone at run time. */
  readonly typeOnly: boolean;
}

const statement =
  /^[ \t]*(?<keyword>import|export)\s(?<type>type\s)?(?:[^;'"`]*?\sfrom\s*)?['"](?<specifier>[^'"\n]+)['"]/gm;
const dynamic = /\bimport\(\s*['"](?<specifier>[^'"\n]+)['"]\s*\)/g;

/** What a source file imports, in its order. */
export function importsOf(file: SourceFile): readonly Import[] {
  const found = [...file.text.matchAll(statement), ...file.text.matchAll(dynamic)];
  return found.map((match) => {
    const specifier = match.groups?.['specifier'] ?? '';
    return {
      specifier,
      target: specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : null,
      line: file.text.slice(0, match.index).split('\n').length,
      typeOnly: match.groups?.['type'] !== undefined,
    };
  });
}

/** A package's name: `@scope/name/file` and `name/file` without the file, `node:fs/promises` as `node:fs`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

export function importGraph(files: readonly SourceFile[]): ImportGraph {
  return new Map(files.filter(isTypeScript).map((file) => [file.path, importsOf(file)]));
}

/** Every package that is loaded at run time when `entry` is, with the chain of files that leads to it. */
export function reachedPackages(graph: ImportGraph, entry: string): ReadonlyMap<string, readonly string[]> {
  const chains = new Map<string, readonly string[]>([[entry, [entry]]]);
  const packages = new Map<string, readonly string[]>();
  for (const [path, chain] of chains) {
    for (const { specifier, target, typeOnly } of graph.get(path) ?? []) {
      if (typeOnly) continue;
      if (target === null) {
        if (!packages.has(packageOf(specifier))) packages.set(packageOf(specifier), chain);
      } else if (graph.has(target) && !chains.has(target)) {
        chains.set(target, [...chain, target]);
      }
    }
  }
  return packages;
}
