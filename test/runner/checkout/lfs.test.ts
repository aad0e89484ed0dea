import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkoutExitCodes } from '../../../shared/attempt/exit-codes.ts';
import type { Serving } from '../../support/lfs-server.ts';
import { createGitRepository } from '../../support/git-repository.ts';
import { createSetting as createCheckoutSetting, token } from './checkout-rig.ts';

const workspace = { 'MODULE.bazel': '' };
const attributes = { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' };
const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;

async function createSetting() {
  const setting = await createCheckoutSetting();
  const { lfs } = setting.server;
  return { ...setting, lfs, read: (path: string) => readFileSync(join(setting.tree, path), 'utf8') };
}

describe('files of Git LFS', () => {
  it('are put in the place of their pointers, fetched once, and left alone until they change', async () => {
    const { repository, lfs, tree, volume, read, checkOut } = await createSetting();
    const [one, two] = [lfs.keep('content one\n'), lfs.keep('content two\n')];
    const files = { 'a/one.bin': one, 'a/same.bin': one, 'odd "n$ame\n\u00e9.bin': two, 'plain.txt': two };
    const sha = repository.commit({ ...workspace, ...attributes, ...files });

    const first = await checkOut(sha);

    expect(first).toMatchObject({ code: 0, log: expect.stringContaining('fetched 2 files of Git LFS') as string });
    expect([read('a/one.bin'), read('a/same.bin'), read('odd "n$ame\n\u00e9.bin')]).toEqual([
      'content one\n',
      'content one\n',
      'content two\n',
    ]);
    // A file that its attributes do not give to LFS is what was committed.
    expect(read('plain.txt')).toBe(two);
    // The server's own header goes along, and our credential where it gave none.
    expect(lfs.sent).toHaveLength(2);
    expect(lfs.sent.every((one) => one.authorization === authorization && one.key === one.oid.slice(0, 8))).toBe(true);

    const before = lstatSync(join(tree, 'a/one.bin'), { bigint: true });
    const three = lfs.keep('content three\n');
    const next = repository.commit({ 'a/same.bin': three });
    expect(await checkOut(next)).toMatchObject({ code: 0 });
    expect([read('a/one.bin'), read('a/same.bin')]).toEqual(['content one\n', 'content three\n']);
    const after = lstatSync(join(tree, 'a/one.bin'), { bigint: true });
    expect([after.ino, after.ctimeNs]).toEqual([before.ino, before.ctimeNs]);
    expect(lfs.sent).toHaveLength(3);

    // What a build has made of one does not stay, and costs no download.
    writeFileSync(join(tree, 'a/one.bin'), 'CONTENT ONE\n');
    utimesSync(join(tree, 'a/one.bin'), Number(before.mtimeMs) / 1000, Number(before.mtimeMs) / 1000);
    expect(await checkOut(next)).toMatchObject({ code: 0 });
    expect(read('a/one.bin')).toBe('content one\n');
    expect(lfs.sent).toHaveLength(3);
    expect(readdirSync(join(volume, 'trusted/lfs'))).toHaveLength(3);
  });

  it('follow attributes that change while the pointers do not', async () => {
    const { repository, lfs, read, checkOut } = await createSetting();
    const pointer = lfs.keep('content\n');
    const plain = repository.commit({ ...workspace, 'a/x.bin': pointer });
    const given = repository.commit({ 'a/.gitattributes': '*.bin filter=lfs\n' });
    const taken = repository.commit({ 'a/.gitattributes': null });
    for (const sha of [plain, given, taken, given, plain]) {
      expect(await checkOut(sha)).toMatchObject({ code: 0 });
      expect(read('a/x.bin')).toBe(sha === given ? 'content\n' : pointer);
    }
  });

  it('of a submodule come from its own server', async () => {
    const { repository, server, lfs, read, checkOut } = await createSetting();
    const lib = createGitRepository(dirname(dirname(repository.bare)), 'owner/lib');
    const inner = lib.commit({ ...attributes, 'x.bin': lfs.keep('inner\n') });
    repository.git('update-index', '--add', '--cacheinfo', `160000,${inner},sub`);
    const module = '[submodule "sub"]\n\tpath = sub\n\turl = ../lib.git\n';
    repository.git('commit', '--quiet', '-m', 'module');
    // The work tree of the author has no such folder.
    const work = repository.bare.replace(/\.git$/, '.work');
    mkdirSync(join(work, 'sub'));
    const sha = repository.commit({ ...workspace, '.gitmodules': module });
    const named = { fullName: 'owner/app', cloneUrl: server.url('owner/app.git') };
    const submoduleUrls = [server.url('owner/lib.git')];
    expect(await checkOut(sha, { repository: { ...named, submoduleUrls } })).toMatchObject({ code: 0 });
    expect(read('sub/x.bin')).toBe('inner\n');
    expect(server.requests.map(({ path }) => path)).toContain('/owner/lib.git/info/lfs/objects/batch');
  });

  it.each<[how: Serving[], code: number]>([
    [['down', 'well'], 0],
    [['shorter', 'altered', 'well'], 0],
    [['down'], checkoutExitCodes.checkoutFailed],
    [['shorter'], checkoutExitCodes.checkoutFailed],
    [['longer'], checkoutExitCodes.checkoutFailed],
    [['altered'], checkoutExitCodes.checkoutFailed],
    [['unknown'], checkoutExitCodes.sourcesMissing],
    [['nowhere'], checkoutExitCodes.sourcesMissing],
    [['elsewhere'], checkoutExitCodes.sourcesMissing],
  ])('that are served %j end in %i, and nothing is kept that is not the content', async (how, expected) => {
    const { repository, lfs, volume, tree, checkOut } = await createSetting();
    const pointer = lfs.keep('content\n');
    lfs.serve(pointer, ...how);
    const { code, message } = await checkOut(repository.commit({ ...workspace, ...attributes, 'a/x.bin': pointer }));
    expect(code).toBe(expected);
    const kept = readdirSync(join(volume, 'trusted/lfs')).filter((name) => !name.endsWith('.part'));
    expect(kept).toHaveLength(expected === 0 ? 1 : 0);
    expect(existsSync(join(tree, 'a/x.bin'))).toBe(expected === 0);
    if (expected !== 0) expect(message).toContain('a/x.bin');
  });

  it.each([
    [403, 'over its data quota', checkoutExitCodes.sourcesMissing],
    [404, 'Not Found', checkoutExitCodes.sourcesMissing],
    [429, 'slow down', checkoutExitCodes.checkoutFailed],
    [502, '', checkoutExitCodes.checkoutFailed],
    [302, '', checkoutExitCodes.sourcesMissing],
  ])('that their server refuses with %i %s end in a sentence that says so', async (status, words, expected) => {
    const { repository, lfs, checkOut } = await createSetting();
    const sha = repository.commit({ ...workspace, ...attributes, 'x.bin': lfs.keep('content\n') });
    lfs.refuse(status, words);
    const { code, message } = await checkOut(sha);
    expect(code).toBe(expected);
    expect(message).toContain(`${status}${words === '' ? '' : ` ${words}`}`);
  });

  it('are asked of the repository’s own server, whatever .lfsconfig says', async () => {
    const { repository, lfs, server, read, checkOut } = await createSetting();
    const sha = repository.commit({
      ...workspace,
      ...attributes,
      '.lfsconfig': '[lfs]\n\turl = http://127.0.0.1:1/evil\n',
      'x.bin': lfs.keep('content\n'),
    });
    expect(await checkOut(sha)).toMatchObject({ code: 0 });
    expect(read('x.bin')).toBe('content\n');
    expect(server.requests.map(({ path }) => path)).toContain('/owner/app.git/info/lfs/objects/batch');
  });

  it('whose content looks like a pointer, or that are none, are left as they are', async () => {
    const { repository, lfs, read, checkOut } = await createSetting();
    const inner = lfs.keep('inner\n');
    const files = {
      'pointer.bin': lfs.keep(inner),
      'raw.bin': `binary\u0000\u00ff\noid sha256:${'0'.repeat(64)}\n`,
      'large.bin': '0123456789abcde\n'.repeat(20_000),
      'empty.bin': '',
      'nothing.bin': lfs.keep(''),
    };
    expect(await checkOut(repository.commit({ ...workspace, ...attributes, ...files }))).toMatchObject({ code: 0 });
    expect(read('pointer.bin')).toBe(inner);
    expect(read('raw.bin')).toBe(files['raw.bin']);
    expect(read('large.bin')).toBe(files['large.bin']);
    expect([read('empty.bin'), read('nothing.bin')]).toEqual(['', '']);
  });
});
