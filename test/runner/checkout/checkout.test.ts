import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JobFile } from '../../../shared/attempt/run-files.ts';
import { createSetting, token } from './checkout-rig.ts';

const workspace = {
  'MODULE.bazel': 'module(name = "app")\n',
  'a/BUILD': '',
  'a/one.txt': 'one\n',
  'a/two.txt': 'two\n',
};

/** Folders in folders, further down than any path reaches, as a program makes them that goes along. */
function digDeep(folder: string, name: string): void {
  const step = 'd'.repeat(200);
  const dig = `mkdir ${name} && cd -P ${name} && for i in $(seq 60); do mkdir ${step} && cd -P ${step} || exit 1; done; : >end`;
  execFileSync('sh', ['-c', dig], { cwd: folder });
}

describe('a checkout', () => {
  it('brings an empty volume to the commit and leaves the job for the build', async () => {
    const { repository, tree, volume, checkOut } = await createSetting();
    const sha = repository.commit(
      { ...workspace, tool: { executable: '#!/bin/sh\n' } },
      { message: 'First\u001b[31m red' },
    );

    const { code, log, run } = await checkOut(sha);

    expect(code).toBe(0);
    expect(readFileSync(join(tree, 'a/two.txt'), 'utf8')).toBe('two\n');
    expect(lstatSync(join(tree, 'tool')).mode & 0o111).not.toBe(0);
    expect(readdirSync(tree)).not.toContain('.git');
    expect(lstatSync(join(volume, 'trusted')).mode & 0o077).toBe(0);
    expect(lstatSync(join(volume, 'build')).mode & 0o020).toBe(0o020);
    const job = JobFile.parse(JSON.parse(readFileSync(join(run, 'job.json'), 'utf8')));
    expect(job).toMatchObject({ sha, bazel: { targets: ['//...'], flakyAttempts: 2 } });
    expect(readFileSync(join(run, 'bin/build.sh'), 'utf8')).toMatch(/^#!\/bin\/sh/);
    expect(readFileSync(join(run, 'bin/parameters'), 'utf8')).toContain(`\ncommit=${sha}\n`);
    expect(log).toContain('commit by Ada Lovelace: First [31m red\n');
    expect(log).toMatch(/^yb: the checkout took \d+\.\d s$/m);
  });

  it('runs no hook, wherever one lies', async () => {
    const { repository, volume, checkOut } = await createSetting();
    const first = repository.commit(workspace);
    const second = repository.commit({ 'a/two.txt': 'TWO\n' });
    await checkOut(first);
    const marker = join(volume, 'a-hook-ran');
    const hooks = join(volume, 'trusted/mirror.git/hooks');
    mkdirSync(hooks, { recursive: true });
    for (const name of ['post-checkout', 'reference-transaction', 'post-index-change', 'pre-auto-gc']) {
      writeFileSync(join(hooks, name), `#!/bin/sh\n: >'${marker}'\n`, { mode: 0o755 });
    }
    expect((await checkOut(second)).code).toBe(0);
    expect(existsSync(marker)).toBe(false);
  });

  it('writes only what changed and removes what no commit knows', async () => {
    const { repository, tree, checkOut } = await createSetting();
    const first = repository.commit({ ...workspace, '.gitignore': 'ignored\n', 'old/file': 'x' });
    const second = repository.commit({ 'a/two.txt': 'TWO\n', 'old/file': null });
    await checkOut(first);
    const before = lstatSync(join(tree, 'a/one.txt'), { bigint: true });
    writeFileSync(join(tree, 'ignored'), 'left by the build');
    mkdirSync(join(tree, 'untracked/.git'), { recursive: true });
    writeFileSync(join(tree, 'a/one.txt.orig'), '');

    const { code } = await checkOut(second);

    expect(code).toBe(0);
    const after = lstatSync(join(tree, 'a/one.txt'), { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
    expect(readFileSync(join(tree, 'a/two.txt'), 'utf8')).toBe('TWO\n');
    expect(readdirSync(tree).sort()).toEqual(['.gitignore', 'MODULE.bazel', 'a']);
    expect(readdirSync(join(tree, 'a')).sort()).toEqual(['BUILD', 'one.txt', 'two.txt']);
  });

  it('does not ask the host for a commit that the mirror holds', async () => {
    const { repository, server, checkOut } = await createSetting();
    const sha = repository.commit(workspace);
    await checkOut(sha);
    const asked = server.requests.length;

    const { code } = await checkOut(sha);

    expect(code).toBe(0);
    expect(server.requests).toHaveLength(asked);
  });

  it('leaves no trace of the credential on the disk', async () => {
    const { repository, volume, server, checkOut } = await createSetting();
    const { code, run } = await checkOut(repository.commit(workspace));

    expect(code).toBe(0);
    expect(server.requests.at(-1)?.authorization).toBe(
      `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
    );
    for (const secret of [token, Buffer.from(`x-access-token:${token}`).toString('base64')]) {
      expect(() => execFileSync('grep', ['-rqF', secret, volume, run])).toThrow(expect.objectContaining({ status: 1 }));
    }
  });

  it.each([
    [
      'a link in the place of the work tree',
      (tree: string, volume: string) => {
        rmSync(tree, { recursive: true });
        symlinkSync(join(volume, 'trusted'), tree);
      },
    ],
    [
      'a file in the place of the work tree',
      (tree: string) => {
        rmSync(tree, { recursive: true });
        writeFileSync(tree, '');
      },
    ],
    [
      'a link in the place of a folder, with its files behind it',
      (tree: string, volume: string) => {
        execFileSync('mv', [join(tree, 'a'), join(volume, 'build/elsewhere')]);
        symlinkSync('../elsewhere', join(tree, 'a'));
      },
    ],
    [
      'a .git file that leads elsewhere',
      (tree: string) => {
        writeFileSync(join(tree, '.git'), 'gitdir: /tmp/evil\n');
        writeFileSync(join(tree, 'a/.git'), 'gitdir: /tmp/evil\n');
      },
    ],
    [
      'a repository of its own with hooks',
      (tree: string) => {
        execFileSync('git', ['init', '--quiet', tree]);
        writeFileSync(join(tree, '.git/hooks/post-checkout'), '#!/bin/sh\ntouch evil\n', { mode: 0o755 });
      },
    ],
    [
      'folders closed by their owner',
      (tree: string) => {
        mkdirSync(join(tree, 'cache/module'), { recursive: true });
        writeFileSync(join(tree, 'cache/module/file'), '');
        execFileSync('chmod', ['-R', 'a-w', join(tree, 'cache')]);
        execFileSync('chmod', ['000', join(tree, 'cache')]);
      },
    ],
    [
      'names that are no text, FIFOs and sockets',
      (tree: string) => {
        const name = Buffer.from([0x62, 0xff, 0xfe, 0x0a, 0x22]);
        mkdirSync(Buffer.concat([Buffer.from(`${tree}/`), name]));
        writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), name, Buffer.from('/'), name]), '');
        execFileSync('mkfifo', [join(tree, 'fifo'), join(tree, 'a/fifo')]);
        execFileSync('mkfifo', [join(tree, '.git')]);
      },
    ],
    [
      'a tree that is deeper than a path can say, in the place of the .git folder',
      (tree: string) => {
        digDeep(tree, '.git');
      },
    ],
    [
      'a tree that is deeper than a path can say',
      (tree: string) => {
        digDeep(tree, 'deep');
      },
    ],
    [
      'a link to what only checkout sees, by another name of the same file',
      (tree: string, volume: string) => {
        rmSync(join(tree, 'a/one.txt'));
        linkSync(join(volume, 'trusted/epoch'), join(tree, 'a/one.txt'));
      },
    ],
    [
      'attributes and exclusions of its own',
      (tree: string) => {
        mkdirSync(join(tree, '.git/info'), { recursive: true });
        writeFileSync(join(tree, '.git/info/exclude'), 'kept\n');
        writeFileSync(join(tree, 'kept'), '');
        writeFileSync(join(tree, '.gitignore'), '*\n');
        writeFileSync(join(tree, 'a/.gitattributes'), '* filter=evil\n');
      },
    ],
    [
      'a changed file with the old size and time',
      (tree: string) => {
        const { atime, mtime } = lstatSync(join(tree, 'a/one.txt'));
        writeFileSync(join(tree, 'a/one.txt'), 'eno\n');
        execFileSync('touch', ['-d', mtime.toISOString(), join(tree, 'a/one.txt')]);
        expect(atime).toBeDefined();
      },
    ],
    [
      'locks of a git that was killed',
      (_tree: string, volume: string) => {
        writeFileSync(join(volume, 'trusted/index.lock'), '');
        writeFileSync(join(volume, 'trusted/mirror.git/HEAD.lock'), '');
        writeFileSync(join(volume, 'trusted/mirror.git/shallow.lock'), '');
      },
    ],
    [
      'odd files in the place of ours',
      (_tree: string, volume: string) => {
        for (const name of ['lock', 'holder', 'holder.new']) {
          rmSync(join(volume, 'build', name), { force: true });
          symlinkSync('../trusted/epoch', join(volume, 'build', name));
        }
      },
    ],
  ])('gets over %s', async (_name, spoil) => {
    const { repository, tree, volume, checkOut } = await createSetting();
    const first = repository.commit(workspace);
    const second = repository.commit({ 'a/two.txt': 'TWO\n' });
    await checkOut(first);
    spoil(tree, volume);

    const { code } = await checkOut(second);

    expect(code).toBe(0);
    expect(lstatSync(tree).isDirectory()).toBe(true);
    expect(lstatSync(join(tree, 'a')).isDirectory()).toBe(true);
    expect(readdirSync(tree).sort()).toEqual(['MODULE.bazel', 'a']);
    expect(readdirSync(join(tree, 'a')).sort()).toEqual(['BUILD', 'one.txt', 'two.txt']);
    expect(readFileSync(join(tree, 'a/one.txt'), 'utf8')).toBe('one\n');
    expect(readFileSync(join(tree, 'a/two.txt'), 'utf8')).toBe('TWO\n');
    expect(readFileSync(join(volume, 'trusted/epoch'), 'utf8')).toBe('2\n');
  });

  it('starts again from an empty mirror when the mirror is damaged', async () => {
    const { repository, tree, volume, checkOut } = await createSetting();
    const sha = repository.commit(workspace);
    await checkOut(sha);
    rmSync(tree, { recursive: true });
    execFileSync('find', [join(volume, 'trusted/mirror.git/objects'), '-type', 'f', '-delete']);

    const { code, log } = await checkOut(sha);

    expect(code).toBe(0);
    expect(log).toContain('once more, with an empty tree');
    expect(log).toContain('once more, with an empty mirror');
    expect(readFileSync(join(tree, 'a/two.txt'), 'utf8')).toBe('two\n');
  });

  it('runs nothing that the commit asks for: no filter, no hook, no submodule', async () => {
    const { repository, tree, checkOut } = await createSetting();
    const sha = repository.commit({
      ...workspace,
      '.gitattributes': '* filter=evil\n*.bin filter=lfs diff=lfs merge=lfs\n',
      '.gitmodules': '[submodule "sub"]\n\tpath = sub\n\turl = ext::sh -c "touch /tmp/evil"\n',
      '.lfsconfig': '[lfs]\n\turl = http://127.0.0.1:1/\n',
      'x.bin': 'version https://git-lfs.github.com/spec/v1\n',
      '-option': '--upload-pack=touch /tmp/evil\n',
    });

    const { code } = await checkOut(sha);

    expect(code).toBe(0);
    // What is no pointer is left as it is.
    expect(readFileSync(join(tree, 'x.bin'), 'utf8')).toBe('version https://git-lfs.github.com/spec/v1\n');
    expect(existsSync(join(tree, '-option'))).toBe(true);
  });
});
