import type { Git } from './command.ts';
import { type Commit, parseCommits } from './commit-object.ts';
import type { Repositories } from './repositories.ts';

/** What one commit did to the paths, against its first parent. */
export interface ChangedPaths {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly modified: readonly string[];
}

export interface ChangedFile {
  readonly path: string;
  /** A letter of git's: `A`dded, `M`odified, `D`eleted, `T`ype changed. */
  readonly status: string;
  readonly blob: string;
  readonly additions: number;
  readonly deletions: number;
}

/** Questions about commits. Every SHA handed in must be one of a commit that exists. */
export interface History {
  /** SHAs newest first: what `include` reaches and `exclude` does not. */
  list(id: number, query: CommitQuery): Promise<string[]>;
  count(id: number, query: CommitQuery): Promise<number>;
  /** The commits in the order of `shas`. */
  commits(id: number, shas: readonly string[]): Promise<Commit[]>;
  changedPaths(id: number, shas: readonly string[]): Promise<Map<string, ChangedPaths>>;
  /** Files that differ; `from` null compares with nothing. */
  changedFiles(id: number, from: string | null, to: string): Promise<ChangedFile[]>;
  mergeBase(id: number, one: string, other: string): Promise<string | null>;
}

export interface CommitQuery {
  readonly include: string;
  readonly exclude?: readonly string[];
  readonly path?: string;
  readonly since?: string;
  readonly until?: string;
  readonly skip?: number;
  readonly limit?: number;
}

/** git's name of a tree without any file. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export function createHistory(options: { readonly git: Git; readonly repositories: Repositories }): History {
  const { git } = options;
  const directory = (id: number): string => options.repositories.directory(id);

  const revList = async (id: number, query: CommitQuery, flags: readonly string[]): Promise<string[]> => {
    const bounds = [
      ...(query.since === undefined ? [] : [`--since=${query.since}`]),
      ...(query.until === undefined ? [] : [`--until=${query.until}`]),
      ...(query.skip === undefined ? [] : [`--skip=${String(query.skip)}`]),
      ...(query.limit === undefined ? [] : [`--max-count=${String(query.limit)}`]),
    ];
    const path = query.path === undefined ? [] : ['--', query.path];
    const { stdout } = await git({
      directory: directory(id),
      args: ['--literal-pathspecs', 'rev-list', ...flags, ...bounds, '--stdin', ...path],
      input: [query.include, ...(query.exclude ?? []).map((sha) => `^${sha}`)].map((line) => `${line}\n`).join(''),
    });
    return lines(stdout);
  };

  return {
    list: async (id, query) => await revList(id, query, []),
    count: async (id, query) => Number((await revList(id, query, ['--count']))[0] ?? 0),
    commits: async (id, shas) => {
      if (shas.length === 0) return [];
      const input = shas.map((sha) => `${sha}\n`).join('');
      const { stdout } = await git({ directory: directory(id), args: ['cat-file', '--batch'], input });
      return parseCommits(stdout);
    },
    changedPaths: async (id, shas) => {
      const flags = ['-r', '-z', '--root', '--no-renames', '--name-status', '--diff-merges=first-parent'];
      const { stdout } = await git({
        directory: directory(id),
        args: ['diff-tree', '--stdin', ...flags],
        input: shas.map((sha) => `${sha}\n`).join(''),
      });
      return parseChangedPaths(stdout.toString('utf8'), shas);
    },
    changedFiles: async (id, from, to) => {
      const flags = ['-r', '-z', '--no-renames', '--raw', '--numstat', '--abbrev=40'];
      const args = ['diff-tree', ...flags, from ?? emptyTree, to];
      return parseChangedFiles((await git({ directory: directory(id), args })).stdout.toString('utf8'));
    },
    mergeBase: async (id, one, other) => {
      const { stdout } = await git({ directory: directory(id), args: ['merge-base', one, other], expected: [1] });
      return lines(stdout)[0] ?? null;
    },
  };
}

function lines(output: Buffer): string[] {
  return output
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}

type Lists = Record<keyof ChangedPaths, string[]>;

function parseChangedPaths(output: string, shas: readonly string[]): Map<string, ChangedPaths> {
  const found = new Map<string, Lists>(shas.map((sha) => [sha, { added: [], removed: [], modified: [] }]));
  const words = output.split('\0');
  let current: Lists | undefined;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word.length === 40) {
      current = found.get(word);
    } else if (word !== '') {
      index += 1;
      current?.[kindOf(word)].push(words[index] ?? '');
    }
  }
  return found;
}

function kindOf(letter: string): keyof ChangedPaths {
  if (letter === 'A') return 'added';
  return letter === 'D' ? 'removed' : 'modified';
}

/** Raw lines of all files come first, then the counts of all files, in the same order of paths. */
function parseChangedFiles(output: string): ChangedFile[] {
  const words = output.split('\0');
  const files = new Map<string, { status: string; blob: string; additions: number; deletions: number }>();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const raw = /^:\d+ \d+ ([0-9a-f]{40}) ([0-9a-f]{40}) (\w)/.exec(word);
    const counts = /^(\d+|-)\t(\d+|-)\t([^]+)$/.exec(word);
    if (raw !== null) {
      index += 1;
      const [, before = '', after = '', status = 'M'] = raw;
      files.set(words[index] ?? '', { status, blob: status === 'D' ? before : after, additions: 0, deletions: 0 });
    } else if (counts !== null) {
      const file = files.get(counts[3] ?? '');
      if (file !== undefined) {
        // Binary files have a dash for a count.
        file.additions = Number(counts[1]) || 0;
        file.deletions = Number(counts[2]) || 0;
      }
    }
  }
  return [...files].map(([path, file]) => ({ path, ...file }));
}
