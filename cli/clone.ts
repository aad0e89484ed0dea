import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { CommandError } from './command.ts';
import type { Git, Remote } from './git.ts';
import { isSameRepository, parseRepositoryUrl, type RepositoryUrl } from './repository-url.ts';

/** A clone on this machine, with what GitHub has on the default branch fetched into it. */
export interface Clone {
  readonly folder: string;
  /** The folder as it is told to the person. */
  readonly shown: string;
  readonly isNew: boolean;
  readonly branch: string;
  /** The name of the remote that is the repository. */
  readonly remoteName: string;
  /** The default branch's commit at GitHub; null as long as the repository is empty. */
  readonly head: string | null;
}

export interface CloneOptions {
  readonly git: Git;
  readonly cwd: string;
  readonly remote: Remote;
  readonly branch: string;
  /** All the names by which the repository may stand in a clone's configuration. */
  readonly names: readonly RepositoryUrl[];
  /** The folder that a new clone gets. */
  readonly folderName: string;
}

/** Where a repository's clone is, or is to be. */
export interface Place {
  readonly folder: string;
  readonly shown: string;
  /** Null if it has to be cloned. */
  readonly remoteName: string | null;
}

/**
 * Finds the clone that the person is in, else the one in `./name`, else says where one can be made.
 * @throws CommandError if the folder is taken by something else
 */
export async function findPlace(options: CloneOptions): Promise<Place> {
  const { git, cwd, folderName } = options;
  const around = await topLevel(git, cwd);
  const aroundRemote = around === null ? null : await remoteOf(options, around);
  if (around !== null && aroundRemote !== null) {
    return { folder: around, shown: basename(around), remoteName: aroundRemote };
  }
  const folder = join(cwd, folderName);
  const shown = relative(cwd, folder);
  if (await isVacant(folder, shown)) return { folder, shown, remoteName: null };
  const isClone = (await topLevel(git, folder)) === (await realpath(folder));
  const remoteName = isClone ? await remoteOf(options, folder) : null;
  if (remoteName !== null) return { folder, shown, remoteName };
  throw new CommandError('conflict', {
    what: `"${shown}" is there already and is not a clone of this repository`,
    why: isClone ? 'None of its remotes is it. Nothing in it was changed.' : 'Nothing in it was changed.',
    next: 'Run the command in another folder, or move that one away.',
  });
}

/** Clones, or fetches the default branch into the clone that is there. The work tree of the latter is not touched. */
export async function openClone(options: CloneOptions, place: Place): Promise<Clone> {
  const { git, cwd, remote, branch } = options;
  const { folder, shown } = place;
  const remoteName = place.remoteName ?? 'origin';
  if (place.remoteName === null) {
    await git.output(['clone', '--quiet', '--origin', remoteName, '--', remote.url, folder], {
      cwd,
      remote,
      doing: 'clone the repository',
    });
  }
  const head = await fetchHead(options, folder, remoteName);
  // git names the first branch of an empty clone by its own settings, not by GitHub's.
  if (place.remoteName === null && head === null) {
    await git.output(['symbolic-ref', 'HEAD', `refs/heads/${branch}`], { cwd: folder, doing: 'name the branch' });
  }
  return { folder, shown, isNew: place.remoteName === null, branch, remoteName, head };
}

async function fetchHead(options: CloneOptions, folder: string, remoteName: string): Promise<string | null> {
  const { git, remote, branch } = options;
  const source = `refs/heads/${branch}`;
  const doing = 'fetch the default branch';
  const listed = await git.output(['ls-remote', remote.url, source], { cwd: folder, remote, doing });
  const [head] = listed.split(/\s/);
  if (head === undefined || !/^[0-9a-f]{40,64}$/.test(head)) return null;
  const target = `refs/remotes/${remoteName}/${branch}`;
  await git.output(['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', remote.url, `+${source}:${target}`], {
    cwd: folder,
    remote,
    doing,
  });
  return await git.output(['rev-parse', '--verify', target], { cwd: folder, doing });
}

async function topLevel(git: Git, cwd: string): Promise<string | null> {
  const { code, stdout } = await git.run(['rev-parse', '--show-toplevel'], { cwd });
  return code === 0 ? stdout.replace(/\n$/, '') : null;
}

/** The remote of a clone that is the repository; null if there is none. */
async function remoteOf({ git, names }: CloneOptions, folder: string): Promise<string | null> {
  const { code, stdout } = await git.run(['config', '--null', '--get-regexp', String.raw`^remote\..*\.url$`], {
    cwd: folder,
  });
  if (code !== 0) return null;
  for (const entry of stdout.split('\0')) {
    const [key, url] = entry.split('\n');
    const name = key?.slice('remote.'.length, -'.url'.length);
    if (name === undefined || url === undefined) continue;
    const found = readRemote(url);
    if (found !== null && names.some((wanted) => isSameRepository(found, wanted))) return name;
  }
  return null;
}

function readRemote(url: string): RepositoryUrl | null {
  try {
    // A remote may hold a password; where it leads is all that matters here.
    const found = parseRepositoryUrl(url.replace(/^([a-z]+:\/\/)[^/@]*@/, '$1'));
    return found.host === null ? null : found;
  } catch {
    return null;
  }
}

/** Whether a clone can be made there. @throws CommandError if a file is in the way */
async function isVacant(folder: string, shown: string): Promise<boolean> {
  const found = await stat(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return true;
  if (found.isDirectory()) return (await readdir(folder)).length === 0;
  throw new CommandError('conflict', {
    what: `"${shown}" is there already and is not a folder`,
    next: 'Run the command in another folder, or move that file away.',
  });
}
