import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureFolder, removeTree } from './folders.ts';
import { ensureNoOddFile, ensureNoOddFolder } from './traps.ts';

/** Where things lie on a volume. The build mounts `build` alone, so nothing it does reaches `trusted`. */
export interface VolumeLayout {
  readonly trusted: string;
  readonly build: string;
  /** The last epoch that was let in. */
  readonly epoch: string;
  /** What is given away when the volume is full to the last byte. */
  readonly reserve: string;
  readonly mirror: string;
  /** git's index of the work tree: kept apart from it, since it is what changes are told by. */
  readonly index: string;
  readonly tree: string;
  /** Mirrors of submodules, with their indexes. */
  readonly modules: string;
  /** Files of Git LFS, by their SHA-256. */
  readonly lfs: string;
  /** Bazel's. */
  readonly diskCache: string;
  readonly outputBase: string;
  /** Locked by whoever writes to the volume. */
  readonly lock: string;
  /** The attempt whose build may start. */
  readonly holder: string;
  /** Where Bazel's server says how it is reached. */
  readonly server: string;
}

export function layoutOf(volume: string): VolumeLayout {
  const trusted = join(volume, 'trusted');
  const build = join(volume, 'build');
  return {
    trusted,
    build,
    epoch: join(trusted, 'epoch'),
    reserve: join(trusted, 'reserve'),
    mirror: join(trusted, 'mirror.git'),
    index: join(trusted, 'index'),
    tree: join(build, 'src'),
    modules: join(trusted, 'modules'),
    lfs: join(trusted, 'lfs'),
    diskCache: join(build, 'disk'),
    outputBase: join(build, 'ob'),
    lock: join(build, 'lock'),
    holder: join(build, 'holder'),
    server: join(build, 'ob', 'server'),
  };
}

/** The part that only this program ever sees. */
export async function prepareTrusted(layout: VolumeLayout): Promise<void> {
  await mkdir(layout.trusted, { recursive: true });
  await ensureFolder(layout.trusted, 0o700);
}

/** The part of the build, as a former build may have left it: what is not a real folder or file makes room for one. */
export async function prepareBuild(layout: VolumeLayout): Promise<void> {
  // Writable for the volume's group: an image may bring a uid of its own.
  await ensureFolder(layout.build, 0o2775);
  await ensureNoOddFile(layout.lock);
  await ensureNoOddFile(layout.holder);
  for (const name of bazelFolders) await ensureNoOddFolder(join(layout.build, name));
  await ensureFolder(layout.tree, 0o755);
}

/** What Bazel has on a volume; the build script names them to it. */
const bazelFolders = ['out', 'ob', 'disk', 'repos', 'cache'];

/** Says whose build may start: the build script of any other attempt refuses. */
export async function nameHolder(layout: VolumeLayout, holder: string): Promise<void> {
  const temporary = `${layout.holder}.new`;
  await removeTree(temporary);
  const handle = await open(temporary, 'wx', 0o644);
  try {
    await handle.writeFile(`${holder}\n`);
  } finally {
    await handle.close();
  }
  await rename(temporary, layout.holder);
}
