import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeTree } from '../../../runner/checkout/folders.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { createSetting } from './checkout-rig.ts';

const files = {
  'MODULE.bazel': 'module(name = "app")\n',
  '.gitattributes': '*.sh text eol=lf\n',
  '.gitignore': 'ignored\n',
  'a/BUILD': '',
  'a/one.txt': 'one\n',
};

function fifo(path: string): void {
  rmSync(path, { recursive: true, force: true });
  execFileSync('mkfifo', [path]);
}

/** What a build may leave behind in its part of the volume, for the next checkout to stumble over. */
const traps: readonly (readonly [name: string, set: (build: string) => void])[] = [
  ...['.gitattributes', '.gitignore', 'a/one.txt', 'a/.gitattributes'].map(
    (name) =>
      [
        `a FIFO named ${name}`,
        (build: string) => {
          fifo(join(build, 'src', name));
        },
      ] as const,
  ),
  ...['a/.git', 'new/.git'].flatMap((folder) =>
    ['HEAD', 'config', 'commondir'].map(
      (name) =>
        [
          `a repository ${folder} whose ${name} is a FIFO`,
          (build: string) => {
            mkdirSync(join(build, 'src', folder, 'refs'), { recursive: true });
            mkdirSync(join(build, 'src', folder, 'objects'));
            writeFileSync(join(build, 'src', folder, 'HEAD'), 'ref: refs/heads/main\n');
            fifo(join(build, 'src', folder, name));
          },
        ] as const,
    ),
  ),
  [
    'a .gitattributes that claims a terabyte',
    (build) => {
      truncateSync(join(build, 'src/.gitattributes'), 1024 ** 4);
      truncateSync(join(build, 'src/.gitignore'), 1024 ** 4);
    },
  ],
  [
    'names that are no text, and names that look like options',
    (build) => {
      const folder = Buffer.from(join(build, 'src/-rf'));
      mkdirSync(folder);
      for (const name of [[0xff, 0xfe], [0x0a], [...Buffer.from('--upload-pack=touch evil')]]) {
        writeFileSync(Buffer.concat([folder, Buffer.from('/'), Buffer.from(name)]), '');
        mkdirSync(Buffer.concat([folder, Buffer.from('/d'), Buffer.from(name)]));
      }
      // Only the removal of the whole tree gets it away, as its owner has closed it.
      chmodSync(join(build, 'src/a'), 0o000);
      renameSync(join(build, 'src/-rf'), join(build, 'src/a/-rf'));
    },
  ],
  [
    'a tree deeper than a path may be long',
    (build) => {
      execFileSync('sh', [
        '-c',
        'cd "$0" && name=$(printf %0200d 1) && for i in $(seq 40); do mkdir $name && cd -P $name || exit; done; touch x',
        join(build, 'src/a'),
      ]);
    },
  ],
  [
    'links in the place of its own folders and files',
    (build) => {
      for (const name of ['out', 'ob', 'disk', 'repos', 'cache', 'lock', 'holder', 'holder.new']) {
        rmSync(join(build, name), { recursive: true, force: true });
        symlinkSync('../trusted', join(build, name));
      }
    },
  ],
  [
    'FIFOs in the place of its own files',
    (build) => {
      for (const name of ['lock', 'holder', 'holder.new', 'src/.git', 'disk']) fifo(join(build, name));
    },
  ],
  [
    'a server of Bazel that is none',
    (build) => {
      mkdirSync(join(build, 'ob/server'), { recursive: true });
      writeFileSync(join(build, 'ob/server/command_port'), '192.0.2.1:443');
      fifo(join(build, 'ob/server/server.pid.txt'));
    },
  ],
  [
    'hard links to its own files in their place',
    (build) => {
      for (const name of ['holder', 'holder.new']) {
        rmSync(join(build, name), { force: true });
        linkSync(join(build, 'lock'), join(build, name));
      }
    },
  ],
];

describe('a checkout after a hostile build', () => {
  it.each(traps)(
    'gets over %s',
    async (_name, set) => {
      const { repository, tree, volume, checkOut } = await createSetting();
      const first = repository.commit(files);
      const second = repository.commit({ 'a/two.txt': 'two\n' });
      await checkOut(first);
      set(join(volume, 'build'));

      const { code, log } = await checkOut(second);

      expect({ code, log }).toMatchObject({ code: 0 });
      const names = execFileSync('find', ['.', '-mindepth', '1'], { cwd: tree, encoding: 'utf8' });
      const expected = [...Object.keys(files), 'a', 'a/two.txt'].map((name) => `./${name}`);
      expect(names.trimEnd().split('\n').sort()).toEqual(expected.sort());
      for (const [name, content] of Object.entries(files)) {
        expect(readFileSync(join(tree, name), 'utf8')).toBe(content);
      }
      expect(readdirSync(join(volume, 'trusted')).sort()).toEqual(['epoch', 'index', 'mirror.git', 'reserve']);
      expect(readFileSync(join(volume, 'trusted/epoch'), 'utf8')).toBe('2\n');
      for (const name of ['lock', 'holder']) expect(lstatSync(join(volume, 'build', name)).isFile()).toBe(true);
      expect(existsSync(join(volume, 'build/ob/server'))).toBe(false);
      for (const name of ['out', 'ob', 'disk', 'repos', 'cache']) {
        const found = lstatSync(join(volume, 'build', name), { throwIfNoEntry: false });
        expect(found === undefined || found.isDirectory()).toBe(true);
      }
    },
    30_000,
  );

  it('opens what the build has closed: the volume does not stay busy or out of use', async () => {
    const { repository, volume, checkOut } = await createSetting();
    const sha = repository.commit(files);
    await checkOut(sha);
    const build = join(volume, 'build');
    for (const name of ['disk', 'ob', 'out']) mkdirSync(join(build, name));
    writeFileSync(join(build, 'holder.new'), '');
    for (const name of ['disk', 'ob', 'out', 'lock', 'holder', 'holder.new', '.']) chmodSync(join(build, name), 0);

    const { code } = await checkOut(sha);

    expect(code).toBe(0);
    expect(existsSync(join(build, 'holder.new'))).toBe(false);
    for (const name of ['disk', 'ob', 'out']) expect(lstatSync(join(build, name)).mode & 0o700).toBe(0o700);
    for (const name of ['lock', 'holder']) expect(lstatSync(join(build, name)).mode & 0o600).toBe(0o600);
  });
});

describe('removing a tree', () => {
  it('removes one that is deeper than any path and already holds the names it would use', async () => {
    const folder = temporaryFolder();
    const tree = join(folder, 'tree');
    execFileSync('sh', [
      '-c',
      'mkdir "$0" && cd "$0" && touch deep-0 && mkdir -p deep-1/x && name=$(printf %0200d 1) && for i in $(seq 60); do mkdir $name && cd -P $name || exit; done',
      tree,
    ]);

    await removeTree(tree);

    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not follow links', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'kept'));
    writeFileSync(join(folder, 'kept/file'), '');
    mkdirSync(join(folder, 'tree'));
    symlinkSync('../kept', join(folder, 'tree/link'));

    await removeTree(join(folder, 'tree'));

    expect(readdirSync(join(folder, 'kept'))).toEqual(['file']);
  });
});
