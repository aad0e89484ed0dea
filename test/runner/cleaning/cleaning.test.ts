import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, linkSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cleanVolume } from '../../../runner/cleaning/cleaning.ts';
import { systemClock } from '../../../shared/clock.ts';
import { environment } from '../../../shared/config.ts';
import { buildExitCodes, checkoutExitCodes } from '../../../shared/attempt/exit-codes.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { createSetting } from '../checkout/checkout-rig.ts';

const workspace = { 'MODULE.bazel': '', 'a/one.txt': 'one\n' };
const path = environment()['PATH'] ?? '';

async function clean(volumeFolder: string, epoch: number): Promise<string> {
  let said = '';
  const output = (line: string): void => {
    said += line;
  };
  await cleanVolume({ volumeFolder, epoch, path, clock: systemClock, output });
  return said;
}

const leftOn = (volume: string) => ({
  all: readdirSync(volume).sort(),
  trusted: readdirSync(join(volume, 'trusted')).sort(),
  build: readdirSync(join(volume, 'build')).sort(),
  epoch: readFileSync(join(volume, 'trusted/epoch'), 'utf8'),
});
const empty = { all: ['build', 'trusted'], trusted: ['epoch'], build: ['holder', 'lock'] };

describe('the cleaning of a volume', () => {
  it('leaves nothing but the fence, and the next run works as on a new one', async () => {
    const { repository, volume, tree, checkOut } = await createSetting();
    const sha = repository.commit(workspace);
    await checkOut(sha, { epoch: 4 });
    const outside = join(temporaryFolder(), 'outside');
    writeFileSync(outside, 'kept');
    const ob = join(volume, 'build/ob');
    mkdirSync(join(ob, 'closed/deeper'), { recursive: true });
    writeFileSync(join(ob, 'closed/deeper/file'), '');
    chmodSync(join(ob, 'closed/deeper'), 0o500);
    chmodSync(join(ob, 'closed'), 0);
    symlinkSync(outside, join(ob, 'link'));
    symlinkSync('/', join(volume, 'build/disk'));
    linkSync(outside, join(ob, 'hard'));
    execFileSync('mkfifo', [join(ob, 'fifo')]);
    writeFileSync(join(volume, 'stray'), '');
    writeFileSync(Buffer.concat([Buffer.from(`${ob}/`), Buffer.from([0xff])]), '');

    expect(await clean(volume, 5)).toMatch(/^yb: emptied the volume in \d+\.\d s\n$/);

    expect(leftOn(volume)).toEqual({ ...empty, epoch: '5\n' });
    expect(readFileSync(outside, 'utf8')).toBe('kept');
    // Who wrote here before is refused, and its build, which may be about to start, too.
    expect((await checkOut(sha, { epoch: 4 })).code).toBe(checkoutExitCodes.staleLease);
    expect(readFileSync(join(volume, 'build/holder'), 'utf8')).toBe('cleaning-5\n');
    expect((await checkOut(sha, { epoch: 6 })).code).toBe(0);
    expect(readFileSync(join(tree, 'a/one.txt'), 'utf8')).toBe('one\n');
  });

  it('may be done twice, on an empty volume, and with odd things in the place of its folders', async () => {
    const volume = temporaryFolder();
    await clean(volume, 1);
    await clean(volume, 1);
    expect(leftOn(volume)).toEqual({ ...empty, epoch: '1\n' });
    const odd = temporaryFolder();
    symlinkSync('/', join(odd, 'build'));
    await clean(odd, 3);
    expect(leftOn(odd)).toEqual({ ...empty, epoch: '3\n' });
  });

  it('is refused by a volume that has seen a later epoch, or whose epoch cannot be read', async () => {
    const volume = temporaryFolder();
    await clean(volume, 7);
    mkdirSync(join(volume, 'build/ob'));
    await expect(clean(volume, 6)).rejects.toMatchObject({ exitCode: checkoutExitCodes.staleLease });
    writeFileSync(join(volume, 'trusted/epoch'), 'x');
    await expect(clean(volume, 8)).rejects.toMatchObject({ exitCode: checkoutExitCodes.volumeDamaged });
    expect(readdirSync(join(volume, 'build'))).toContain('ob');
  });

  it('waits for no other writer, and touches nothing beside one', async () => {
    const volume = temporaryFolder();
    await clean(volume, 1);
    mkdirSync(join(volume, 'build/ob'));
    const writer = spawn('flock', [join(volume, 'build/lock'), 'sh', '-c', 'echo held; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => {
      writer.kill();
    });
    await once(writer.stdout, 'data');
    await expect(clean(volume, 2)).rejects.toMatchObject({ exitCode: buildExitCodes.volumeBusy });
    expect(readdirSync(join(volume, 'build'))).toContain('ob');
  });
});

describe('the program that cleans', () => {
  const start = (volume: string, epoch: number): ChildProcess => {
    const program = fileURLToPath(new URL('../../../runner/clean.ts', import.meta.url));
    return spawn(process.execPath, [program], {
      env: {
        PATH: path,
        YB_SPEC: JSON.stringify({ v: 1, epoch }),
        YB_VOLUME_DIR: volume,
        YB_TERMINATION_FILE: join(volume, '..', 'termination'),
      },
      stdio: 'ignore',
    });
  };

  it('ends with 0, or with a code and a sentence in its termination message', async () => {
    const folder = temporaryFolder();
    const volume = join(folder, 'volume');
    mkdirSync(volume);
    expect(await once(start(volume, 3), 'close')).toEqual([0, null]);
    expect(leftOn(volume)).toEqual({ ...empty, epoch: '3\n' });
    expect(await once(start(volume, 2), 'close')).toEqual([checkoutExitCodes.staleLease, null]);
    expect(JSON.parse(readFileSync(join(folder, 'termination'), 'utf8'))).toEqual({
      code: checkoutExitCodes.staleLease,
      message: 'The volume has been given to a later attempt (epoch 3; ours is 2).',
    });
  });
});
