import { lstat, readFile, writeFile } from 'node:fs/promises';
import { ensureFolder, removeTree } from './folders.ts';
import type { Git } from './git.ts';
import type { LfsPointer } from './lfs-pointers.ts';
import type { GitLink } from './links.ts';
import { GitFailure, must } from './mirror.ts';
import { removeTraps } from './traps.ts';

export interface TreeOptions {
  readonly tree: string;
  readonly index: string;
  readonly sha: string;
  /** Of the commit. */
  readonly links: readonly GitLink[];
  /** Files of Git LFS; what they point to is here. */
  readonly pointers: readonly LfsPointer[];
}

/**
 * Makes the work tree the commit's, in place: only what differs is written, so that unchanged files keep their times.
 * Nothing that an earlier build left there survives or is followed: untracked and ignored files, links in the place of
 * folders, files named `.git`. The folders of submodules are real ones; what is in them is left to their own trees.
 * @throws GitFailure if the tree is not the commit's in the end
 */
export async function updateWorkTree(git: Git, options: TreeOptions): Promise<void> {
  await ensureFolder(options.tree, 0o755);
  await removeTraps(options.tree);
  const remember = await forgetChangedPointers(git, options);
  // First the cleaning: it takes away a link that stands for a tracked folder, whose files would otherwise be found
  // through it, unchanged. And `-ff`, since a folder with a repository of its own inside is left alone by one.
  await clean(git);
  await must(git, ['checkout', '--force', '--detach', '--quiet', options.sha, '--'], { inTree: true });
  if ((await oddity(git)) !== null) {
    // Where a submodule was, git leaves what is in it.
    await clean(git);
    const odd = await oddity(git);
    if (odd !== null) throw new GitFailure(`The work tree is not what the commit says: ${odd}`);
  }
  await checkPointers(options);
  await placeModules(options);
  await remember();
}

/** A filter that fails leaves the pointer, and git says nothing of it. */
async function checkPointers({ tree, pointers }: TreeOptions): Promise<void> {
  for (const { path, size } of pointers) {
    const stats = await lstat(inTree(tree, path)).catch(() => null);
    if (stats?.size !== size) throw new GitFailure(`${path.toString('utf8')} of Git LFS could not be put in its place`);
  }
}

function inTree(tree: string, path: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${tree}/`), path]);
}

async function clean(git: Git): Promise<void> {
  await must(git, ['clean', '-ffdxq'], { inTree: true });
}

/**
 * Whether all files of the commit are there and nothing else. Their contents are not compared: git wrote what its index
 * did not know by size, times and inode, of which the time of the inode's change cannot be set by anyone. (A comparison
 * would also call files changed whose line ends the commit's own attributes turn.)
 */
async function oddity(git: Git): Promise<string | null> {
  const status = await must(
    git,
    ['status', '--porcelain', '-z', '--untracked-files=all', '--ignored=traditional', '--ignore-submodules=all'],
    { inTree: true, maxOutput: 64 * 1024 * 1024 },
  );
  const lines = status.toString('utf8').split('\0');
  return lines.find((line) => line !== '' && !/^.M /.test(line)) ?? null;
}

/** Git leaves alone what is in the place of a submodule: it is to be a folder, and empty where nothing is to be fetched. */
async function placeModules({ tree, links }: TreeOptions): Promise<void> {
  for (const { path, url, left } of links) {
    // A folder above it that only submodules are in is none that git looks after.
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      await ensureFolder(inTree(tree, path.subarray(0, end)), 0o755);
    }
    if (url === null || left) await removeTree(inTree(tree, path));
    await ensureFolder(inTree(tree, path), 0o755);
  }
}

/**
 * A file is what its blob and its attributes make of it, and git looks at the blob alone: where only the attributes of a
 * pointer changed, it is taken out of the index, so that it is written anew. Until the tree is the commit's, all of them
 * count as changed.
 * @returns remembers, in the end, what has become of them
 */
async function forgetChangedPointers(git: Git, { index, pointers }: TreeOptions): Promise<() => Promise<void>> {
  const file = `${index}.lfs`;
  const write = async (lines: readonly string[]): Promise<void> => {
    await writeFile(file, lines.map((line) => `${line}\0`).join(''), 'latin1');
  };
  const now = pointers.map(({ path, oid }) => `${oid} ${path.toString('latin1')}`);
  const before = (await readFile(file, 'latin1').catch(() => '')).split('\0').filter(Boolean);
  if (now.length === 0 && before.length === 0) return async () => {};
  const pathOf = (line: string): string => line.slice(line.indexOf(' ') + 1);
  await write([...before, ...now].map((line) => `- ${pathOf(line)}`));
  const known = new Set(before);
  const kept = new Set(now.filter((line) => known.has(line)));
  const changed = [...before, ...now].filter((line) => !kept.has(line));
  if (changed.length > 0) {
    const input = Buffer.from(changed.map((line) => `${pathOf(line)}\0`).join(''), 'latin1');
    await must(git, ['update-index', '--force-remove', '-z', '--stdin'], { inTree: true, input });
  }
  return async () => {
    await write(now);
  };
}
