import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { environment } from '../../shared/config.ts';

/** A file's text, `null` to remove it, or something that text cannot say. */
export type Content = string | null | { readonly link: string } | { readonly executable: string };

export interface GitRepository {
  /** The bare repository, as a server serves it. */
  readonly bare: string;
  /** Commits these changes on top of a branch (by default `main`) and returns the commit's id. */
  commit(files: Readonly<Record<string, Content>>, options?: { branch?: string; message?: string }): string;
  /** Forgets a branch and everything that only it led to. */
  forget(branch: string): void;
  git(...args: string[]): string;
}

/** Runs git on its own: no configuration of the machine's user has a part in it. */
export function runGit(folder: string, args: readonly string[]): string {
  return execFileSync('git', args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: environment()['PATH'],
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'Ada Lovelace',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_COMMITTER_NAME: 'Ada Lovelace',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
    },
  }).trim();
}

/** A real repository: bare at `{folder}/{name}.git`, with a work tree of its author beside it. */
export function createGitRepository(folder: string, name: string): GitRepository {
  const bare = join(folder, `${name}.git`);
  const work = join(folder, `${name}.work`);
  mkdirSync(dirname(bare), { recursive: true });
  runGit(folder, ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  runGit(folder, ['init', '--quiet', '--initial-branch=main', work]);
  const git = (...args: string[]) => runGit(work, args);
  git('remote', 'add', 'origin', bare);
  return {
    bare,
    git,
    commit: (files, { branch = 'main', message = 'change' } = {}) => {
      git('symbolic-ref', 'HEAD', `refs/heads/${branch}`);
      for (const [path, content] of Object.entries(files)) write(join(work, path), content);
      git('add', '--all', '--force');
      git('commit', '--quiet', '--allow-empty', '--no-verify', '-m', message);
      git('push', '--quiet', '--force', 'origin', branch);
      return git('rev-parse', 'HEAD');
    },
    forget: (branch) => {
      runGit(bare, ['update-ref', '-d', `refs/heads/${branch}`]);
      runGit(bare, ['reflog', 'expire', '--expire=now', '--all']);
      runGit(bare, ['gc', '--quiet', '--prune=now']);
    },
  };
}

function write(path: string, content: Content): void {
  rmSync(path, { recursive: true, force: true });
  if (content === null) return;
  mkdirSync(dirname(path), { recursive: true });
  if (typeof content === 'string') writeFileSync(path, content);
  else if ('link' in content) symlinkSync(content.link, path);
  else {
    writeFileSync(path, content.executable);
    chmodSync(path, 0o755);
  }
}
