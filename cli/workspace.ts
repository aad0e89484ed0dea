import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BazelFile, type BazelPlan, planBazelFiles } from './bazel-files.ts';
import type { Clone } from './clone.ts';
import { CommandError } from './command.ts';
import { type Git, type Remote, whatGitSaid } from './git.ts';
import { oneLine } from './text.ts';

/** Says which Bazel files the default branch has at its root. The folder's own state does not count. */
export async function inspectWorkspace(git: Git, clone: Clone, repositoryName: string): Promise<BazelPlan> {
  if (clone.head === null) return planBazelFiles({ repositoryName, files: new Set(), textOf: () => '' });
  const doing = 'read the default branch';
  const tree = await git.output(['ls-tree', '-z', clone.head], { cwd: clone.folder, doing });
  const entries = tree.split('\0').map((entry) => /^\d+ (\w+) [0-9a-f]+\t(.*)$/s.exec(entry));
  const files = new Set(
    entries.flatMap((entry) => (entry?.[1] === 'blob' && entry[2] !== undefined ? [entry[2]] : [])),
  );
  const texts = new Map<string, string>();
  for (const name of ['MODULE.bazel', 'WORKSPACE.bazel', 'WORKSPACE']) {
    if (!files.has(name)) continue;
    texts.set(name, await git.output(['cat-file', 'blob', `${clone.head}:${name}`], { cwd: clone.folder, doing }));
  }
  return planBazelFiles({ repositoryName, files, textOf: (name) => texts.get(name) ?? '' });
}

/**
 * Makes sure that a commit of the new files alone can be made and pushed: on the default branch, nothing half done,
 * nothing that GitHub does not have. Brings a clone that is merely behind up to date.
 * @throws CommandError that says what is in the way; nothing was changed then
 */
export async function prepareWorkTree(git: Git, clone: Clone, files: readonly BazelFile[]): Promise<void> {
  const { folder, shown, branch, head } = clone;
  const cwd = folder;
  const inTheWay = (what: string, next: string): CommandError =>
    new CommandError('conflict', {
      what: `"${shown}" ${what}`,
      why: `The Bazel files are added by a commit on ${branch}. Nothing was changed.`,
      next,
    });

  const current = await git.run(['symbolic-ref', '--quiet', '--short', 'HEAD'], { cwd });
  if (current.stdout.trim() !== branch) {
    const where = current.code === 0 ? `branch ${current.stdout.trim()}` : 'no branch';
    throw inTheWay(`is on ${where}, not on ${branch}`, `Type: git switch ${branch}`);
  }
  const doing = 'look at the state of the clone';
  const changed = await git.output(['status', '--porcelain', '--untracked-files=no'], { cwd, doing });
  if (changed !== '') throw inTheWay('has changes that are not committed', 'Commit or stash them, then run yb again.');
  const paths = files.map(({ path }) => path);
  const present = await git.output(['ls-files', '--others', '--', ...paths], { cwd, doing });
  if (present !== '') {
    throw inTheWay(`holds ${oneLine(present)}, which is not committed`, 'Commit and push it, then run yb again.');
  }
  const { code, stdout } = await git.run(['rev-parse', '--verify', '--quiet', 'HEAD'], { cwd });
  const local = code === 0 ? stdout.trim() : null;
  if (local === head) return;
  const unpushed = inTheWay('has commits that GitHub does not have', 'Push them, then run yb again.');
  if (head === null) throw unpushed;
  if (local !== null) {
    const behind = await git.run(['merge-base', '--is-ancestor', local, head], { cwd });
    if (behind.code !== 0) throw unpushed;
  }
  await git.output(['merge', '--quiet', '--ff-only', head], { cwd, doing: `bring "${shown}" up to date` });
}

/** The name and address that commits get if the person has set none. */
export interface Author {
  readonly name: string;
  readonly email: string;
}

/**
 * Adds the files by one commit and pushes it. Hooks and signing are the person's own, but cannot ask anything.
 * @returns the commit's SHA
 * @throws CommandError; if the commit could not be made, the files are gone again, and if it could not be pushed, it stays
 */
export async function commitAndPush(options: {
  readonly git: Git;
  readonly clone: Clone;
  readonly remote: Remote;
  readonly files: readonly BazelFile[];
  /** Asked only if git knows of no author. */
  readonly author: () => Promise<Author>;
}): Promise<string> {
  const { git, clone, files } = options;
  const cwd = clone.folder;
  const paths = files.map(({ path }) => path);
  const environment = await authorEnvironment(options);
  try {
    for (const { path, content } of files) await writeFile(join(cwd, path), content, { flag: 'wx' });
    // By force, because a broad .gitignore may name them.
    await git.output(['add', '--force', '--', ...paths], { cwd, doing: 'add the files' });
    const message = [
      '-m',
      'Mark the root of the Bazel workspace',
      '-m',
      'So that Bazel, old and new, builds from here.',
    ];
    const doing = 'make the commit (your hooks and your signing can ask nothing here)';
    await git.output(['commit', '--quiet', ...message, '--', ...paths], { cwd, environment, doing });
  } catch (error) {
    await git
      .run(['rm', '--quiet', '--cached', '--force', '--ignore-unmatch', '--', ...paths], { cwd })
      .catch(() => null);
    for (const path of paths) await rm(join(cwd, path), { force: true });
    throw error;
  }
  const sha = await git.output(['rev-parse', 'HEAD'], { cwd, doing: 'read the commit' });
  await push(options, sha);
  return sha;
}

async function push({ git, clone, remote }: { git: Git; clone: Clone; remote: Remote }, sha: string): Promise<void> {
  const { folder: cwd, branch, remoteName, shown } = clone;
  const pushed = await git.run(['push', '--porcelain', remote.url, `${sha}:refs/heads/${branch}`], { cwd, remote });
  if (pushed.code !== 0) {
    // The form of --porcelain is fixed: "!<tab>from:to<tab>summary". "[rejected]" is git's own word, for what is not a
    // fast-forward; "[remote rejected]" is the other side's.
    const summary = /^!\t[^\t]*\t(.*)$/m.exec(pushed.stdout)?.[1] ?? '';
    const moved = summary.startsWith('[rejected]');
    throw new CommandError('conflict', {
      what: `GitHub did not take the commit with the Bazel files on ${branch}`,
      why: moved
        ? `${branch} has moved meanwhile.`
        : whatGitSaid({ ...pushed, stderr: `${pushed.stderr}\n${summary}` }),
      next: moved
        ? `The commit is in "${shown}". Type there: git pull --rebase && git push`
        : `The commit is in "${shown}": push it to a branch and open a pull request, then run yb again.`,
    });
  }
  // What was pushed to a URL is not known to git as the remote's.
  const doing = 'note what was pushed';
  await git.output(['update-ref', `refs/remotes/${remoteName}/${branch}`, sha], { cwd, doing });
  const tracked = await git.run(['config', `branch.${branch}.merge`], { cwd });
  if (tracked.code !== 0) {
    await git.output(['branch', '--quiet', `--set-upstream-to=${remoteName}/${branch}`, branch], { cwd, doing });
  }
}

async function authorEnvironment(options: {
  readonly git: Git;
  readonly clone: Clone;
  readonly author: () => Promise<Author>;
}): Promise<Record<string, string>> {
  const cwd = options.clone.folder;
  for (const ident of ['GIT_AUTHOR_IDENT', 'GIT_COMMITTER_IDENT']) {
    const { code } = await options.git.run(['-c', 'user.useConfigOnly=true', 'var', ident], { cwd });
    if (code === 0) continue;
    const { name, email } = await options.author();
    return {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
    };
  }
  return {};
}
