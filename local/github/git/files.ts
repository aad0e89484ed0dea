import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Signature } from './commit-object.ts';
import type { Git } from './command.ts';
import type { Repositories } from './repositories.ts';

/** An entry of a tree. */
export interface Entry {
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  readonly size: number;
  readonly path: string;
}

export interface FileChange {
  readonly path: string;
  /** Null takes the file away. */
  readonly content: Uint8Array | null;
  /** The commit to build on; null for the first one. */
  readonly parent: string | null;
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
}

/** The files of a commit. */
export interface Files {
  /** What stands at a path: the entry itself; null if nothing does. The root is a tree. */
  entry(id: number, commit: string, path: string): Promise<Entry | null>;
  /** What a folder holds. */
  list(id: number, commit: string, path: string): Promise<Entry[]>;
  blob(id: number, sha: string): Promise<Buffer>;
  /** Makes a commit that changes one file. No ref is moved. @returns its SHA */
  commit(id: number, change: FileChange): Promise<string>;
}

export function createFiles(options: { readonly git: Git; readonly repositories: Repositories }): Files {
  const { git } = options;
  const directory = (id: number): string => options.repositories.directory(id);

  const lsTree = async (id: number, commit: string, path: string): Promise<Entry[]> => {
    const args = [
      '--literal-pathspecs',
      'ls-tree',
      '-z',
      '--long',
      '--full-tree',
      commit,
      ...(path === '' ? [] : ['--', path]),
    ];
    const { stdout } = await git({ directory: directory(id), args });
    return stdout.toString('utf8').split('\0').flatMap(parseEntry);
  };

  /** Runs git several times with an index of its own. */
  const withIndex = async <Result>(work: (env: Record<string, string>) => Promise<Result>): Promise<Result> => {
    const folder = await mkdtemp(join(tmpdir(), 'local-github-index-'));
    try {
      return await work({ GIT_INDEX_FILE: join(folder, 'index') });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };

  return {
    entry: async (id, commit, path) => {
      if (path === '') return { mode: '040000', type: 'tree', sha: commit, size: 0, path: '' };
      return (await lsTree(id, commit, path)).find((entry) => entry.path === path) ?? null;
    },
    list: async (id, commit, path) => await lsTree(id, commit, path === '' ? '' : `${path}/`),
    blob: async (id, sha) => (await git({ directory: directory(id), args: ['cat-file', 'blob', sha] })).stdout,
    commit: async (id, change) =>
      await withIndex(async (env) => {
        const run = async (
          args: readonly string[],
          more: { input?: Uint8Array; env?: Record<string, string> } = {},
        ) => {
          const input = more.input === undefined ? {} : { input: more.input };
          const { stdout } = await git({ directory: directory(id), args, ...input, env: { ...env, ...more.env } });
          return stdout.toString('utf8').trim();
        };
        if (change.parent !== null) await run(['read-tree', change.parent]);
        if (change.content === null) {
          await run(['update-index', '-z', '--index-info'], { input: indexLine('0', '0'.repeat(40), change.path) });
        } else {
          const blob = await run(['hash-object', '-w', '--stdin'], { input: change.content });
          const before = change.parent === null ? null : (await lsTree(id, change.parent, change.path))[0];
          const mode = before?.type === 'blob' ? before.mode : '100644';
          await run(['update-index', '-z', '--index-info'], { input: indexLine(mode, blob, change.path) });
        }
        const tree = await run(['write-tree']);
        const parents = change.parent === null ? [] : ['-p', change.parent];
        return await run(['commit-tree', tree, ...parents], {
          input: Buffer.from(change.message.endsWith('\n') ? change.message : `${change.message}\n`),
          env: { ...signatureVariables('AUTHOR', change.author), ...signatureVariables('COMMITTER', change.committer) },
        });
      }),
  };
}

/** Git refuses paths that climb out of the tree or into `.git`; so does GitHub. */
export function isFilePath(path: string): boolean {
  return path
    .split('/')
    .every(
      (part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git' && !part.includes('\0'),
    );
}

function indexLine(mode: string, sha: string, path: string): Buffer {
  return Buffer.from(`${mode} ${sha}\t${path}\0`);
}

function signatureVariables(role: 'AUTHOR' | 'COMMITTER', signature: Signature): Record<string, string> {
  return {
    [`GIT_${role}_NAME`]: signature.name,
    [`GIT_${role}_EMAIL`]: signature.email,
    [`GIT_${role}_DATE`]: signature.date,
  };
}

function parseEntry(line: string): Entry[] {
  const [, mode, type, sha, size, path] = /^(\d+) (\w+) ([0-9a-f]{40}) +(\d+|-)\t([^]+)$/.exec(line) ?? [];
  if (mode === undefined || sha === undefined || path === undefined) return [];
  if (type !== 'blob' && type !== 'tree' && type !== 'commit') return [];
  return [{ mode, type, sha, size: Number(size) || 0, path }];
}
