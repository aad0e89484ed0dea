import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listFiles } from '../../../runner/checkout/folders.ts';
import { measureSpace, shortage, type Space } from '../../../runner/checkout/room.ts';
import { ExitFile } from '../../../shared/attempt/run-files.ts';
import { checkoutExitCodes } from '../../../shared/attempt/exit-codes.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { createSetting } from './checkout-rig.ts';

const mebibyte = 1024 ** 2;
const workspace = { 'MODULE.bazel': '' };

/** A file system that is full: of the volume's caches, and for the rest of others. Its inodes are not counted. */
async function fullDisk(build: string): Promise<Space> {
  const lists = await Promise.all(['disk', 'ob', 'repos'].map(async (name) => await listFiles(join(build, name))));
  const files = lists.flat();
  const used = files.reduce((sum, { path }) => sum + lstatSync(path).size, 0);
  return { bytes: { free: 14 * mebibyte - used, total: 200 * mebibyte }, inodes: { free: 0, total: 0 } };
}

/** A volume with ten entries of a mebibyte in its disk cache, the first used longest ago, and an output base of three. */
async function createWarm() {
  const setting = await createSetting();
  const sha = setting.repository.commit(workspace);
  await setting.checkOut(sha);
  const [disk, ob] = [join(setting.volume, 'build/disk/cas'), join(setting.volume, 'build/ob')];
  const repos = join(setting.volume, 'build/repos');
  for (const folder of [disk, ob, repos]) mkdirSync(folder, { recursive: true });
  for (let index = 0; index < 10; index += 1) {
    const file = join(disk, `entry-${index}`);
    writeFileSync(file, Buffer.alloc(mebibyte));
    // Read lately and written long ago, or the other way round.
    const [used, old] = [1_700_000_000 + index, 1_600_000_000];
    utimesSync(file, index % 2 === 0 ? used : old, index % 2 === 0 ? old : used);
  }
  for (let index = 0; index < 3; index += 1) writeFileSync(join(ob, `output-${index}`), Buffer.alloc(mebibyte));
  writeFileSync(join(repos, 'archive'), Buffer.alloc(mebibyte));
  const left = () => ({
    disk: existsSync(disk) ? readdirSync(disk).sort() : [],
    ob: existsSync(ob) ? readdirSync(ob).length : 0,
    repos: existsSync(repos),
  });
  return { ...setting, sha, left, disk };
}

describe('room for a run', () => {
  it.each<[need: number, entries: number, outputs: number, repairs: string[]]>([
    [0, 10, 3, []],
    // Of the oldest entries, and as much again for the next run.
    [2, 6, 3, ['old-cache-entries-removed']],
    [9, 0, 3, ['disk-cache-removed']],
    [12, 0, 0, ['disk-cache-removed', 'outputs-removed']],
    [14, 0, 0, ['disk-cache-removed', 'outputs-removed', 'everything-removed']],
  ])('of %i MiB is made by what costs least', async (need, entries, outputs, repairs) => {
    const { checkOut, sha, left } = await createWarm();
    const room = { bytes: need * mebibyte, inodes: 0 };
    const { code, run, log } = await checkOut(sha, { room }, { measure: fullDisk });
    expect(code).toBe(0);
    expect(left()).toEqual({
      disk: Array.from({ length: entries }, (_entry, index) => `entry-${10 - entries + index}`),
      ob: outputs,
      repos: !repairs.includes('everything-removed'),
    });
    const parameters = readFileSync(join(run, 'bin/parameters'), 'utf8');
    expect(parameters.match(/(?<=^repair=).*$/gm) ?? []).toEqual(repairs);
    expect(log.includes(`has no room for the run: ${need} MiB too little`)).toBe(repairs.length > 0);
  });

  it('that cannot be made ends the run, with the limit and what was tried', async () => {
    const { checkOut, sha, left } = await createWarm();
    const room = { bytes: 15 * mebibyte, inodes: 0 };
    const { code, message, run } = await checkOut(sha, { room }, { measure: fullDisk });
    expect(code).toBe(checkoutExitCodes.volumeFull);
    expect(message).toBe('The volume has 1 MiB too little for a run, also without its caches.');
    const exit = ExitFile.parse(JSON.parse(readFileSync(join(run, 'exit'), 'utf8')));
    expect(exit).toMatchObject({
      exitCode: checkoutExitCodes.volumeFull,
      repairs: [
        { exitCode: 0, action: 'disk-cache-removed' },
        { exitCode: 0, action: 'outputs-removed' },
        { exitCode: 0, action: 'everything-removed' },
      ],
    });
    expect(left()).toEqual({ disk: [], ob: 0, repos: false });
  });

  it('is made without following what a build left in the place of its caches', async () => {
    const { checkOut, sha, volume } = await createSetting().then(async (setting) => {
      const commit = setting.repository.commit(workspace);
      await setting.checkOut(commit);
      return { ...setting, sha: commit };
    });
    for (const name of ['disk', 'ob']) symlinkSync('../trusted', join(volume, 'build', name));
    const none = async (): Promise<Space> =>
      await Promise.resolve({ bytes: { free: 0, total: 100 }, inodes: { free: 0, total: 0 } });
    const { code } = await checkOut(sha, { room: { bytes: 10, inodes: 0 } }, { measure: none });
    expect(code).toBe(checkoutExitCodes.volumeFull);
    expect(readdirSync(join(volume, 'trusted')).sort()).toEqual(['epoch', 'reserve']);
    expect(readdirSync(join(volume, 'build')).sort()).toEqual(['holder', 'lock', 'src']);
  });

  it('for files of Git LFS is made before they are fetched', async () => {
    const { checkOut, repository, server, left } = await createWarm();
    const pointer = server.lfs.keep(Buffer.alloc(4 * mebibyte, 'x'));
    const sha = repository.commit({ '.gitattributes': '*.bin filter=lfs\n', 'x.bin': pointer });
    const { code } = await checkOut(sha, { room: { bytes: 0, inodes: 0 } }, { measure: fullDisk });
    expect(code).toBe(0);
    // Once in the store and once in the tree.
    expect(left().disk).toHaveLength(2);
  });
});

describe('a disk that fills up during the checkout', () => {
  it('is told of as such, and not as an outage', async () => {
    const { repository, server, checkOut } = await createSetting();
    const measure = async (): Promise<Space> =>
      await Promise.resolve({ bytes: { free: mebibyte, total: 1000 * mebibyte }, inodes: { free: 0, total: 0 } });
    // Whatever the reason may be for which git cannot write a file.
    repository.commit(workspace);
    const blob = repository.git('rev-parse', 'HEAD:MODULE.bazel');
    repository.git('update-index', '--add', '--cacheinfo', `100644,${blob},${'x'.repeat(300)}`);
    repository.git('commit', '--quiet', '-m', 'A name that no disk takes');
    repository.git('push', '--quiet', 'origin', 'main');
    const sha = repository.git('rev-parse', 'HEAD');

    const { code, message } = await checkOut(sha, {}, { measure });

    expect(code).toBe(checkoutExitCodes.volumeFull);
    expect(message).toMatch(/^The volume is full: The commit could not be checked out/);
    expect((await checkOut(sha)).code).toBe(checkoutExitCodes.checkoutFailed);
    // A host that is away is no matter of the disk.
    server.answerWith(503);
    const other = repository.git('rev-parse', 'HEAD~1');
    expect((await checkOut(other, {}, { measure })).code).toBe(checkoutExitCodes.checkoutFailed);
  });
});

describe('what is missing', () => {
  const space = (free: number, total: number, freeInodes = 0, totalInodes = 0): Space => ({
    bytes: { free, total },
    inodes: { free: freeInodes, total: totalInodes },
  });

  it.each([
    [space(50, 1000), { bytes: 50, inodes: 10 }, null],
    [space(49, 1000), { bytes: 50, inodes: 10 }, { bytes: 1, inodes: 0 }],
    [space(50, 1000, 9, 1000), { bytes: 50, inodes: 10 }, { bytes: 0, inodes: 1 }],
    [space(50, 1000, 10, 1000), { bytes: 50, inodes: 10 }, null],
    // Not more than a tenth of what there is.
    [space(10, 100, 5, 50), { bytes: 5000, inodes: 5000 }, null],
    [space(9, 100, 4, 50), { bytes: 5000, inodes: 5000 }, { bytes: 1, inodes: 1 }],
  ])('of %j for %j is %j', (free, need, missing) => {
    expect(shortage(free, need)).toEqual(missing);
  });

  it('is never more than what is needed, and none where there is more than enough', () => {
    const amount = fc.nat(10_000);
    fc.assert(
      fc.property(amount, amount, amount, amount, (free, total, bytes, more) => {
        const missing = shortage(space(free, total + 1), { bytes, inodes: 0 }, { bytes: more, inodes: 0 });
        if (free >= bytes + more) expect(missing).toBeNull();
        expect(missing?.bytes ?? 0).toBeLessThanOrEqual(bytes + more);
      }),
    );
  });

  it('is asked of the file system', async () => {
    const folder = temporaryFolder();
    const { bytes, inodes } = await measureSpace(folder);
    expect(bytes.total).toBeGreaterThanOrEqual(bytes.free);
    expect(bytes.free).toBeGreaterThan(0);
    expect(inodes.total).toBeGreaterThanOrEqual(inodes.free);
  });
});
