import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkoutExitCodes } from '../../../shared/attempt/exit-codes.ts';
import { createGitRepository, type Content, type GitRepository } from '../../support/git-repository.ts';
import { createSetting } from './checkout-rig.ts';

const workspace = { 'MODULE.bazel': '', 'a/one.txt': 'one\n' };

interface Module {
  readonly path: string;
  readonly url: string;
  readonly sha: string;
  readonly more?: string;
}

/** A commit with submodules; an address of null stands for one that `.gitmodules` does not know. */
function commitWith(
  repository: GitRepository,
  modules: readonly Module[],
  files: Record<string, Content> = {},
): string {
  const known = modules.map(
    ({ path, url, more = '' }) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n${more}`,
  );
  for (const { path, sha } of modules) {
    rmSync(join(repository.bare.replace(/\.git$/, '.work'), path), { recursive: true, force: true });
    mkdirSync(join(repository.bare.replace(/\.git$/, '.work'), path), { recursive: true });
    repository.git('update-index', '--add', '--cacheinfo', `160000,${sha},${path}`);
  }
  return repository.commit({ '.gitmodules': known.length === 0 ? null : known.join(''), ...files });
}

async function createSettingWith(...names: string[]) {
  const setting = await createSetting();
  const root = dirname(dirname(setting.repository.bare));
  const others = names.map((name) => createGitRepository(root, name));
  const named = names
    .filter((name) => name.startsWith('owner/') && name !== 'owner/secret')
    .map((name) => setting.server.url(`${name}.git`));
  const own = setting.server.url('owner/app.git');
  return {
    ...setting,
    others,
    /** With all of the same owner named, but for the secret one. */
    checkOut: async (sha: string, submoduleUrls: readonly string[] = named) =>
      await setting.checkOut(sha, {
        repository: { fullName: 'owner/app', cloneUrl: own, submoduleUrls: [...submoduleUrls] },
      }),
    read: (path: string) => readFileSync(join(setting.tree, path), 'utf8'),
  };
}

describe('submodules', () => {
  it('are filled: relative and absolute, nested, in place, and each from a mirror of its own', async () => {
    const { repository, others, server, tree, volume, read, checkOut } = await createSettingWith(
      'owner/lib',
      'owner/deep',
      'other/pub',
    );
    const [lib, deep, open] = others;
    if (lib === undefined || deep === undefined || open === undefined) throw new Error('not made');
    server.rule('other/', 'open');
    const inner = deep.commit({ 'deep.txt': 'deep\n' });
    const outer = commitWith(lib, [{ path: 'in/deep', url: '../deep.git', sha: inner }], { 'lib.txt': 'lib\n' });
    const pub = open.commit({ 'pub.txt': 'pub\n' });
    const modules = [
      { path: 'third_party/lib', url: '../lib.git', sha: outer },
      { path: 'pub', url: server.url('other/pub.git'), sha: pub },
    ];
    const sha = commitWith(repository, modules, workspace);

    expect(await checkOut(sha)).toMatchObject({ code: 0 });

    expect([read('third_party/lib/lib.txt'), read('third_party/lib/in/deep/deep.txt'), read('pub/pub.txt')]).toEqual([
      'lib\n',
      'deep\n',
      'pub\n',
    ]);
    const git = execFileSync('find', [tree, '-name', '.git'], { encoding: 'utf8' });
    expect(git).toBe('');
    // The credential is for what is named alone.
    const shown = new Set(server.requests.filter(({ authorization }) => authorization !== undefined).map(ownerOf));
    expect([...shown]).toEqual(['owner']);
    expect(server.requests.some((request) => ownerOf(request) === 'other')).toBe(true);

    // A second commit that changes one of them asks for that one, and writes no more than that.
    const asked = server.requests.length;
    const before = lstatSync(join(tree, 'third_party/lib/in/deep/deep.txt'), { bigint: true });
    writeFileSync(join(tree, 'third_party/lib/left-by-a-build'), '');
    const newer = open.commit({ 'pub.txt': 'PUB\n' });
    const next = commitWith(repository, [modules[0] as Module, { ...(modules[1] as Module), sha: newer }]);
    expect(await checkOut(next)).toMatchObject({ code: 0 });
    expect(read('pub/pub.txt')).toBe('PUB\n');
    const after = lstatSync(join(tree, 'third_party/lib/in/deep/deep.txt'), { bigint: true });
    expect([after.ino, after.ctimeNs]).toEqual([before.ino, before.ctimeNs]);
    expect(existsSync(join(tree, 'third_party/lib/left-by-a-build'))).toBe(false);
    const since = new Set(server.requests.slice(asked).map(({ path }) => path.split('/')[2]));
    expect(since).toEqual(new Set(['app.git', 'pub.git']));
    expect(readdirSync(join(volume, 'trusted/modules'))).toHaveLength(3);
  });

  it('leave no trace where they are taken out, or files take their place', async () => {
    const { repository, others, tree, read, checkOut } = await createSettingWith('owner/lib');
    const inner = others[0]?.commit({ 'a.txt': 'a\n', 'b/c.txt': 'c\n' }) ?? '';
    const modules = ['one', 'two/two'].map((path) => ({ path, url: '../lib.git', sha: inner }));
    const first = commitWith(repository, modules, workspace);
    repository.git('rm', '--cached', '--quiet', 'one', 'two/two');
    const none = repository.commit({ '.gitmodules': null, one: null, two: null, 'two/two/a.txt': 'ours\n' });

    for (const sha of [first, none, first, none]) {
      expect(await checkOut(sha)).toMatchObject({ code: 0 });
      if (sha === first) {
        expect([read('one/b/c.txt'), read('two/two/a.txt')]).toEqual(['c\n', 'a\n']);
        continue;
      }
      expect(readdirSync(tree).sort()).toEqual(['MODULE.bazel', 'a', 'two']);
      expect([readdirSync(join(tree, 'two/two')), read('two/two/a.txt')]).toEqual([['a.txt'], 'ours\n']);
    }
  });

  it.each<[what: string, plant: (tree: string, trusted: string) => void]>([
    [
      'a link in its place',
      (tree, trusted) => {
        rmSync(join(tree, 'x/sub'), { recursive: true });
        symlinkSync(trusted, join(tree, 'x/sub'));
      },
    ],
    [
      'a link in the place of the folder above it',
      (tree, trusted) => {
        rmSync(join(tree, 'x'), { recursive: true });
        symlinkSync(trusted, join(tree, 'x'));
      },
    ],
    [
      'a file in the place of the folder above it',
      (tree) => {
        rmSync(join(tree, 'x'), { recursive: true });
        writeFileSync(join(tree, 'x'), '');
      },
    ],
    [
      'a repository in it, with a hook and a configuration',
      (tree) => {
        const git = join(tree, 'x/sub/.git');
        mkdirSync(join(git, 'hooks'), { recursive: true });
        writeFileSync(join(git, 'hooks/post-checkout'), '#!/bin/sh\ntouch /tmp/evil\n', { mode: 0o755 });
        writeFileSync(join(git, 'config'), '[core]\n\tfsmonitor = touch /tmp/evil\n');
        writeFileSync(join(git, 'HEAD'), 'ref: refs/heads/main\n');
      },
    ],
    [
      'a file that says where its repository is',
      (tree, trusted) => writeFileSync(join(tree, 'x/sub/.git'), `gitdir: ${trusted}\n`),
    ],
    [
      'a link in it that stands for a folder',
      (tree, trusted) => {
        rmSync(join(tree, 'x/sub/b'), { recursive: true });
        symlinkSync(join(trusted, 'modules'), join(tree, 'x/sub/b'));
      },
    ],
  ])('are real folders again after a build that left %s', async (_, plant) => {
    const { repository, others, tree, volume, read, checkOut } = await createSettingWith('owner/lib');
    const inner = others[0]?.commit({ 'a.txt': 'a\n', 'b/c.txt': 'c\n' }) ?? '';
    const sha = commitWith(repository, [{ path: 'x/sub', url: '../lib.git', sha: inner }], workspace);
    expect(await checkOut(sha)).toMatchObject({ code: 0 });
    const trusted = join(volume, 'trusted');
    plant(tree, trusted);
    const before = readdirSync(trusted).sort();

    expect(await checkOut(sha)).toMatchObject({ code: 0 });

    expect([read('x/sub/a.txt'), read('x/sub/b/c.txt')]).toEqual(['a\n', 'c\n']);
    for (const folder of ['x', 'x/sub', 'x/sub/b']) expect(lstatSync(join(tree, folder)).isDirectory()).toBe(true);
    expect(readdirSync(join(tree, 'x/sub')).sort()).toEqual(['a.txt', 'b']);
    expect(readdirSync(trusted).sort()).toEqual(before);
    expect(existsSync('/tmp/evil')).toBe(false);
  });

  it('are not shown the credential unless its owner named them, though it would open them', async () => {
    const { repository, others, server, read, checkOut } = await createSettingWith('owner/lib');
    const inner = others[0]?.commit({ 'a.txt': 'a\n' }) ?? '';
    const sha = commitWith(repository, [{ path: 'sub', url: '../lib.git', sha: inner }], workspace);

    expect(await checkOut(sha, [])).toMatchObject({
      code: checkoutExitCodes.sourcesMissing,
      message: expect.stringContaining('yb settings --submodules'),
    });

    const toLib = server.requests.filter(({ path }) => path.startsWith('/owner/lib'));
    expect(toLib.length).toBeGreaterThan(0);
    expect(toLib.every(({ authorization }) => authorization === undefined)).toBe(true);
    expect(await checkOut(sha)).toMatchObject({ code: 0 });
    expect(read('sub/a.txt')).toBe('a\n');
  });

  it('that the credential is refused for are read without it, if everybody may', async () => {
    const { repository, others, server, read, checkOut } = await createSettingWith('owner/lib');
    const inner = others[0]?.commit({ 'a.txt': 'a\n' }) ?? '';
    server.rule('owner/lib', 'open to strangers');
    const sha = commitWith(repository, [{ path: 'sub', url: '../lib.git', sha: inner }], workspace);
    expect(await checkOut(sha)).toMatchObject({ code: 0 });
    expect(read('sub/a.txt')).toBe('a\n');
  });

  it.each<[what: string, change: Partial<Module>, words: RegExp]>([
    [
      'that nobody may read',
      { url: '../secret.git' },
      /The submodule sub cannot be read from .*\/owner\/secret\.git\..* yb settings --submodules\.$/,
    ],
    ['without the commit', { sha: '1'.repeat(40) }, /The submodule sub has no commit 111111111111 at http/],
    [
      'over ssh',
      { url: 'git@example.com:owner/lib.git' },
      /sub \(git@example\.com.*: its address must be an https one/,
    ],
    ['on the disk', { url: 'file:///etc' }, /must be an https one/],
    ['with a password', { url: 'http://me:hunter2@127.0.0.1/x' }, /has a password in it/],
  ])('%s end the run with a sentence, without warmth lost', async (_, change, words) => {
    const { repository, others, server, tree, checkOut } = await createSettingWith('owner/lib', 'owner/secret');
    server.rule('owner/secret', 'hidden');
    const inner = others[0]?.commit({ 'a.txt': 'a\n' }) ?? '';
    const module = { path: 'sub', url: '../lib.git', sha: inner };
    await checkOut(commitWith(repository, [module], workspace));
    const sha = commitWith(repository, [{ ...module, ...change }]);

    const { code, message, log } = await checkOut(sha);

    expect([code, message]).toEqual([checkoutExitCodes.sourcesMissing, expect.stringMatching(words)]);
    expect(log + message).not.toContain('hunter2');
    expect(log).not.toContain('with an empty');
    expect(existsSync(join(tree, 'a/one.txt'))).toBe(true);
  });

  it('on a host that is away are a failure that may pass', async () => {
    const { repository, checkOut } = await createSettingWith();
    const module = { path: 'sub', url: 'http://127.0.0.1:1/a/b.git', sha: '1'.repeat(40) };
    const { code, message } = await checkOut(commitWith(repository, [module], workspace));
    expect(code).toBe(checkoutExitCodes.checkoutFailed);
    expect(message).toContain('127.0.0.1:1, where the submodule sub is, cannot be reached');
  });

  it('that .gitmodules leaves out or does not know are empty folders, and said to be', async () => {
    const { repository, tree, checkOut } = await createSettingWith();
    const sha = '1'.repeat(40);
    const left = { path: 'left', url: '../x.git', sha, more: '\tupdate = none\n' };
    const commit = commitWith(repository, [left], workspace);
    repository.git('update-index', '--add', '--cacheinfo', `160000,${sha},unknown`);
    mkdirSync(join(repository.bare.replace(/\.git$/, '.work'), 'unknown'));
    const { code, log } = await checkOut(repository.commit({ 'a/two.txt': commit }));
    expect(code).toBe(0);
    expect(log).toContain('the submodule left is left out, as .gitmodules says');
    expect(log).toContain('the submodule unknown is not in .gitmodules');
    expect([readdirSync(join(tree, 'left')), readdirSync(join(tree, 'unknown'))]).toEqual([[], []]);
  });
});

function ownerOf({ path }: { readonly path: string }): string | undefined {
  return path.split('/')[1];
}
