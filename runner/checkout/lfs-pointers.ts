import type { Git } from './git.ts';
import { must } from './mirror.ts';

/** A file of a commit in whose place Git LFS keeps a pointer to its content. */
export interface LfsPointer {
  /** As bytes: it need not be text. */
  readonly path: Buffer;
  /** SHA-256 of the content, in hex. */
  readonly oid: string;
  readonly size: number;
}

const largestList = 256 * 1024 * 1024;
/** https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer is smaller than that. */
const largestPointer = 1_023;
const pointer =
  /^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1\noid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n?$/;

/**
 * The files of a commit that its attributes give to Git LFS. What a commit says is asked of git, over an index of its own,
 * and nothing of the work tree.
 * @param git over an index that may be written over
 * @throws GitFailure
 */
export async function readPointers(git: Git, sha: string): Promise<LfsPointer[]> {
  // Most repositories have none, and are asked no more than this.
  const { ok } = await git.run(['grep', '-q', '-F', '-e', 'filter=lfs', sha, '--', ':(glob)**/.gitattributes']);
  if (!ok) return [];
  await must(git, ['read-tree', sha]);
  const listed = await must(git, ['ls-tree', '-r', '-l', '-z', sha], { maxOutput: largestList });
  const small = listed
    .toString('latin1')
    .split('\0')
    .flatMap((line) => {
      const [, id, size, path] = /^100\d+ blob ([0-9a-f]+) +(\d+)\t(.+)$/s.exec(line) ?? [];
      return id === undefined || path === undefined || Number(size) > largestPointer ? [] : [{ id, path }];
    });
  const input = Buffer.from(small.map(({ path }) => `${path}\0`).join(''), 'latin1');
  const asked = ['check-attr', '--cached', '-z', '--stdin', 'filter'];
  const attributes = (await must(git, asked, { input, maxOutput: largestList })).toString('latin1').split('\0');
  const chosen = small.filter((_, index) => attributes[index * 3 + 2] === 'lfs');
  const contents = await readBlobs(git, [...new Set(chosen.map(({ id }) => id))]);
  return chosen.flatMap(({ id, path }) => {
    const [, oid, size] = pointer.exec(contents.get(id) ?? '') ?? [];
    return oid === undefined ? [] : [{ path: Buffer.from(path, 'latin1'), oid, size: Number(size) }];
  });
}

/** Small blobs by their ids. */
async function readBlobs(git: Git, ids: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  if (ids.length === 0) return found;
  const input = Buffer.from(`${ids.join('\n')}\n`);
  const output = await must(git, ['cat-file', '--batch'], { input, maxOutput: largestList });
  for (let at = 0; at < output.length;) {
    const end = output.indexOf('\n', at);
    const [id = '', , size = ''] = output.toString('latin1', at, end).split(' ');
    at = end + 1 + Number(size);
    found.set(id, output.toString('latin1', end + 1, at));
    at += 1;
  }
  return found;
}
