import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RefChange } from '../state.ts';
import type { Git } from './command.ts';

export const zeroSha = '0'.repeat(40);
export const isSha = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

/** A ref and what it points at; `sha` may be that of an annotated tag. */
export interface Ref {
  readonly ref: string;
  readonly sha: string;
  readonly type: string;
}

/** The bare repositories on disk, by the repository's id: a rename moves nothing. */
export interface Repositories {
  readonly root: string;
  directory(id: number): string;
  create(id: number, defaultBranch: string): Promise<void>;
  remove(id: number): Promise<void>;
  setDefaultBranch(id: number, branch: string): Promise<void>;
  /** Refs below the given prefixes (`refs/heads/`), sorted by name. */
  refs(id: number, prefixes: readonly string[]): Promise<Ref[]>;
  /** The commit that a branch, a tag, a full ref or a SHA (at least 7 digits) means; null if none does. */
  resolveCommit(id: number, name: string): Promise<string | null>;
  /** The type of the object of a full SHA; null if there is none. */
  objectType(id: number, sha: string): Promise<string | null>;
  isAncestor(id: number, ancestor: string, descendant: string): Promise<boolean>;
  /** Moves, makes or deletes a ref if it still is what the change says. @returns whether it was */
  updateRef(id: number, change: RefChange): Promise<boolean>;
  /** Takes refs with all that they lead to from another repository, whatever they were here: git's own `+from:to`. */
  take(id: number, from: number, refspec: string): Promise<void>;
}

/** The variable that tells the post-receive hook where to write what a push changed. */
export const pushFileVariable = 'LOCAL_GITHUB_PUSH_FILE';

/** git tells this hook `before after ref` of each ref that one push changed: exact, whatever else goes on meanwhile. */
const postReceive = `#!/bin/sh\nexec cat >"$${pushFileVariable}"\n`;

const config: readonly (readonly [string, string])[] = [
  ['http.receivepack', 'true'],
  ['uploadpack.allowFilter', 'true'],
  ['uploadpack.allowTipSHA1InWant', 'true'],
  ['uploadpack.allowReachableSHA1InWant', 'true'],
  ['receive.hideRefs', 'refs/pull'],
  ['core.logAllRefUpdates', 'false'],
  // Nothing is ever collected: a commit that was force-pushed away can still be asked for, and no process stays behind.
  ['gc.auto', '0'],
  ['receive.autogc', 'false'],
  ['maintenance.auto', 'false'],
];

export function createRepositories(options: { readonly root: string; readonly git: Git }): Repositories {
  const { git, root } = options;
  const directory = (id: number): string => join(root, `${String(id)}.git`);

  /** The object ids of several expressions in one call. */
  const check = async (
    id: number,
    expressions: readonly string[],
  ): Promise<({ sha: string; type: string } | null)[]> => {
    const { stdout } = await git({
      directory: directory(id),
      args: ['cat-file', '--batch-check=%(objectname) %(objecttype)'],
      input: expressions.map((expression) => `${expression}\n`).join(''),
    });
    const lines = stdout.toString('utf8').split('\n');
    return expressions.map((_, index) => {
      const [, sha, type] = /^([0-9a-f]{40}) (commit|tree|blob|tag)$/.exec(lines[index] ?? '') ?? [];
      return sha === undefined || type === undefined ? null : { sha, type };
    });
  };

  return {
    root,
    directory,
    create: async (id, defaultBranch) => {
      const path = directory(id);
      await mkdir(path, { recursive: true });
      await git({
        directory: path,
        args: ['init', '--quiet', '--bare', '--template=', `--initial-branch=${defaultBranch}`],
      });
      const text = config.map(([key, value]) => {
        const dot = key.indexOf('.');
        return `[${key.slice(0, dot)}]\n\t${key.slice(dot + 1)} = ${value}\n`;
      });
      await writeFile(join(path, 'config'), text.join(''), { flag: 'a' });
      await mkdir(join(path, 'hooks'), { recursive: true });
      await writeFile(join(path, 'hooks', 'post-receive'), postReceive, { mode: 0o755 });
    },
    remove: async (id) => {
      await rm(directory(id), { recursive: true, force: true, maxRetries: 3 });
    },
    setDefaultBranch: async (id, branch) => {
      await git({ directory: directory(id), args: ['symbolic-ref', 'HEAD', `refs/heads/${branch}`] });
    },
    refs: async (id, prefixes) => {
      const { stdout } = await git({
        directory: directory(id),
        args: ['for-each-ref', '--format=%(objectname) %(objecttype) %(refname)', ...prefixes],
      });
      return stdout
        .toString('utf8')
        .split('\n')
        .flatMap((line) => {
          const [, sha, type, ref] = /^(\S+) (\S+) (.+)$/.exec(line) ?? [];
          return sha === undefined || type === undefined || ref === undefined ? [] : [{ sha, type, ref }];
        });
    },
    resolveCommit: async (id, name) => {
      // Only names that can be refs are asked for: none of git's own little language (`main~1`, `:/text`) passes.
      if (!isRefName(name)) return null;
      const places = isSha(name) ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`];
      if (name.startsWith('refs/') || name === 'HEAD') places.unshift(name);
      if (!isSha(name) && /^[0-9a-f]{7,39}$/.test(name)) places.push(name);
      const found = await check(
        id,
        places.map((place) => `${place}^{commit}`),
      );
      return found.find((object) => object !== null)?.sha ?? null;
    },
    objectType: async (id, sha) => (await check(id, [sha]))[0]?.type ?? null,
    isAncestor: async (id, ancestor, descendant) => {
      const args = ['merge-base', '--is-ancestor', ancestor, descendant];
      return (await git({ directory: directory(id), args, expected: [1, 128] })).code === 0;
    },
    updateRef: async (id, { ref, before, after }) => {
      const args = after === zeroSha ? ['update-ref', '-d', ref, before] : ['update-ref', ref, after, before];
      return (await git({ directory: directory(id), args, expected: [1, 128] })).code === 0;
    },
    take: async (id, from, refspec) => {
      await git({ directory: directory(id), args: ['fetch', '--quiet', '--no-tags', directory(from), `+${refspec}`] });
    },
  };
}

/** git's own rules for names of refs (git-check-ref-format), on one name or a path of names. */
export function isRefName(name: string): boolean {
  if (name === '' || name === '@' || name.length > 1024 || name.endsWith('.') || name.startsWith('-')) return false;
  // eslint-disable-next-line no-control-regex -- git forbids control characters in names of refs
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/u.test(name)) return false;
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}
