import type { Git } from './git.ts';

/** Commits of the mirror that stay as the ground on which the next fetch is small. */
const keptCommits = 32;

/** What a step of git says when it did not work; the caller may have another way. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure';
}

/** Makes `mirror` a bare repository if it is none; one that is there stays as it is. */
export async function ensureMirror(git: Git): Promise<void> {
  await must(git, ['init', '--bare', '--quiet', '--template=']);
}

/** Whether the mirror holds the commit whole: its reference is written only after all its objects. */
export async function hasCommit(git: Git, sha: string): Promise<boolean> {
  return (await git.run(['rev-parse', '--verify', '--quiet', referenceOf(sha)])).ok;
}

/**
 * Fetches exactly one commit without its history: a build has no use for it, and the first run of a long history is
 * quick. What earlier fetches brought is not sent again.
 * @throws GitFailure with git's words
 */
export async function fetchCommit(
  git: Git,
  options: { readonly url: string; readonly token: string | null; readonly sha: string },
): Promise<void> {
  const fetch = ['fetch', '--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
  const operands = ['--', options.url, `+${options.sha}:${referenceOf(options.sha)}`];
  const credential = options.token === null ? {} : { credential: { url: options.url, token: options.token } };
  await must(git, [...fetch, ...operands], { ...credential, timeoutMs: 30 * 60_000 });
}

/** Lets go of old commits, and now and then packs what is left. What fails here harms nobody. */
export async function tidyMirror(git: Git, sha: string): Promise<void> {
  const listed = await git.run(['for-each-ref', '--sort=-committerdate', '--format=%(refname)', 'refs/yb/commits']);
  const references = listed.stdout.toString('utf8').split('\n').filter(Boolean);
  const old = references.slice(keptCommits).filter((reference) => reference !== referenceOf(sha));
  for (const reference of old) await git.run(['update-ref', '-d', reference]);
  await git.run(['-c', 'gc.auto=6700', 'gc', '--auto', '--quiet'], { timeoutMs: 120_000 });
}

/** A commit as its author wrote it. */
export interface Commit {
  readonly subject: string;
  readonly author: string;
  readonly committedAt: string;
}

export async function readCommit(git: Git, sha: string): Promise<Commit> {
  const shown = await must(git, ['log', '-1', '--no-show-signature', '--format=%s%x00%an%x00%cI', sha, '--']);
  const [subject = '', author = '', committedAt = ''] = shown.toString('utf8').trimEnd().split('\0');
  return { subject, author, committedAt };
}

/** An entry of the commit's root folder. */
export interface RootEntry {
  readonly name: string;
  /** As git writes it: `100644` and `100755` are regular files, `120000` a symbolic link, `040000` a folder. */
  readonly mode: string;
  readonly size: number;
}

/** The commit's root folder as committed: what lies in the work tree is not asked. */
export async function readRoot(git: Git, sha: string): Promise<RootEntry[]> {
  const listed = await must(git, ['ls-tree', '-z', '-l', sha], { maxOutput: 16 * 1024 * 1024 });
  return listed
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const match = /^(\d+) \w+ [0-9a-f]+ +(\d+|-)\t(.+)$/s.exec(line);
      const [, mode, size, name] = match ?? [];
      return mode === undefined || name === undefined ? [] : [{ name, mode, size: Number(size) || 0 }];
    });
}

/** A file of the commit's root folder, whole. */
export async function readRootFile(git: Git, sha: string, name: string): Promise<Buffer> {
  return await must(git, ['cat-file', 'blob', `${sha}:${name}`]);
}

/** Runs a step of which the rest depends. @throws GitFailure */
export async function must(
  git: Git,
  args: readonly string[],
  options: Parameters<Git['run']>[1] = {},
): Promise<Buffer> {
  const result = await git.run(args, options);
  if (result.ok) return result.stdout;
  throw new GitFailure(result.complaint || `git ${args[0] ?? ''} failed`);
}

function referenceOf(sha: string): string {
  return `refs/yb/commits/${sha}`;
}
