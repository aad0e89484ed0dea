import type { Git } from './git.ts';
import { must, readRoot } from './mirror.ts';

/** A place in a commit's tree that stands for a commit of another repository. */
export interface GitLink {
  /** As bytes: it need not be text. */
  readonly path: Buffer;
  readonly sha: string;
  /** What `.gitmodules` says of it; null if it says nothing. */
  readonly url: string | null;
  /** `.gitmodules` says that it is not to be fetched. */
  readonly left: boolean;
}

const largestList = 256 * 1024 * 1024;

/** The places of submodules in a commit. */
export async function readLinks(git: Git, sha: string): Promise<GitLink[]> {
  const listed = await must(git, ['ls-tree', '-r', '-d', '-z', sha], { maxOutput: largestList });
  const links = listed
    .toString('latin1')
    .split('\0')
    .filter(Boolean)
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', , id = ''] = line.slice(0, tab).split(' ');
      return { mode, id, path: Buffer.from(line.slice(tab + 1), 'latin1') };
    })
    .filter(({ mode }) => mode === '160000');
  const known = links.length === 0 ? new Map<string, Known>() : await readModules(git, sha);
  return links.map(({ path, id }) => {
    const { url = null, update } = known.get(path.toString('utf8')) ?? {};
    return { path, sha: id, url, left: update === 'none' };
  });
}

interface Known {
  url?: string;
  update?: string;
}

/**
 * What `.gitmodules` says, by path: read by git as committed, and never through the work tree. Nothing but these two words of
 * it is obeyed. @throws GitFailure if git cannot read it
 */
async function readModules(git: Git, sha: string): Promise<Map<string, Known>> {
  const file = (await readRoot(git, sha)).find(({ name }) => name === '.gitmodules');
  if (file === undefined || !file.mode.startsWith('100')) return new Map();
  const listed = await must(git, ['config', `--blob=${sha}:.gitmodules`, '--no-includes', '--list', '-z']);
  const byName = new Map<string, Known & { path?: string }>();
  for (const entry of listed.toString('utf8').split('\0')) {
    const end = entry.indexOf('\n');
    const [, name, key] = /^submodule\.(.+)\.(path|url|update)$/s.exec(entry.slice(0, end)) ?? [];
    if (name === undefined || key === undefined) continue;
    byName.set(name, { ...byName.get(name), [key]: entry.slice(end + 1) });
  }
  return new Map([...byName.values()].map(({ path = '', ...known }) => [path, known]));
}
