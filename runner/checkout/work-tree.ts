import { join } from 'node:path';
import { ensureFolder, removeTree } from './folders.ts';
import type { Git } from './git.ts';
import { GitFailure, must } from './mirror.ts';
import { removeTraps } from './traps.ts';

/**
 * Makes the work tree the commit's, in place: only what differs is written, so that unchanged files keep their times.
 * Nothing that an earlier build left there survives or is followed: untracked and ignored files, links in the place of
 * folders, files named `.git`.
 * @throws GitFailure if the tree is not the commit's in the end
 */
export async function updateWorkTree(
  git: Git,
  options: { readonly tree: string; readonly sha: string },
): Promise<void> {
  await ensureFolder(options.tree, 0o755);
  await removeTraps(options.tree);
  // First the cleaning: it takes away a link that stands for a tracked folder, whose files would otherwise be found
  // through it, unchanged. And `-ff`, since a folder with a repository of its own inside is left alone by one.
  await must(git, ['clean', '-ffdxq'], { inTree: true });
  await must(git, ['checkout', '--force', '--detach', '--quiet', options.sha, '--'], { inTree: true });
  await verify(git);
  await removeNested(git, options);
}

/**
 * Whether all files of the commit are there and nothing else. Their contents are not compared: git wrote what its index
 * did not know by size, times and inode, of which the time of the inode's change cannot be set by anyone. (A comparison
 * would also call files changed whose line ends the commit's own attributes turn.)
 */
async function verify(git: Git): Promise<void> {
  const status = await must(
    git,
    ['status', '--porcelain', '-z', '--untracked-files=all', '--ignored=traditional', '--ignore-submodules=all'],
    { inTree: true, maxOutput: 64 * 1024 * 1024 },
  );
  const odd = status
    .toString('utf8')
    .split('\0')
    .find((line) => line !== '' && !/^.M /.test(line));
  if (odd !== undefined) throw new GitFailure(`The work tree is not what the commit says: ${odd}`);
}

/** What git leaves alone inside of the tree: `.git` in tracked folders, and all of a submodule's folder. */
async function removeNested(git: Git, options: { readonly tree: string; readonly sha: string }): Promise<void> {
  const listed = await must(git, ['ls-tree', '-r', '-d', '-z', options.sha], { maxOutput: 256 * 1024 * 1024 });
  for (const line of listed.toString('utf8').split('\0').filter(Boolean)) {
    const folder = join(options.tree, line.slice(line.indexOf('\t') + 1));
    await removeTree(line.startsWith('160000') ? folder : join(folder, '.git'));
    if (line.startsWith('160000')) await ensureFolder(folder, 0o755);
  }
}
