import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMasker } from '../../../runner/courier/mask.ts';
import { systemClock } from '../../../shared/clock.ts';
import { RunResult, TargetsFile } from '../../../shared/attempt/result.ts';
import { createSetting, logs, signals, until, type Fault } from './courier-rig.ts';

const secret = 'correct-horse-battery';

describe('the courier', () => {
  it('carries lines while the build runs, and the whole at its end', async () => {
    const { run, start, arrivals, chunks, writeExit, json, archive } = await createSetting();
    const courier = start();
    await until(() => arrivals.includes(`${signals}started.json`));
    writeFileSync(join(run, 'log'), 'yb: checked out\n');
    await until(async () => Buffer.concat(await chunks()).toString() === 'yb: checked out\n');
    appendFileSync(join(run, 'log'), 'first\nsecond');
    await until(async () => Buffer.concat(await chunks()).includes('first'));
    appendFileSync(join(run, 'log'), ' half\nno end');
    writeExit(3);

    const result = await courier.stop();

    const whole = 'yb: checked out\nfirst\nsecond half\nno end';
    expect(Buffer.concat(await chunks()).toString()).toBe(whole);
    expect((await archive()).toString()).toBe(whole);
    expect(result).toMatchObject({ delivered: true, exitCode: 3, complete: true, epoch: 7, missing: [], lines: 4 });
    expect(result).toMatchObject({ bytes: whole.length, toolchain: '7.1.0', chunks: (await chunks()).length });
    expect(RunResult.parse(await json(`${signals}result.json`))).toMatchObject({ sha256: result.sha256, exitCode: 3 });
    expect(arrivals[0]).toBe(`${signals}started.json`);
    expect(arrivals.at(-1)).toBe(`${signals}result.json`);
    expect(arrivals).toContain(`${logs}targets.json`);
  });

  it('says that a log is not complete when the build did not come to its end', async () => {
    const { run, start, writeExit, archive } = await createSetting();
    writeFileSync(join(run, 'log'), 'killed in mid-li');
    writeFileSync(join(run, 'exit.new'), '');

    const result = await start().stop();

    expect(result).toMatchObject({ complete: false, exitCode: null, bytes: 16, lines: 1, toolchain: null });
    expect((await archive()).toString()).toBe('killed in mid-li');
    expect(writeExit).toBeDefined();
  });

  it.each(['not JSON', '{"v":1}', '{"v":1,"exitCode":-1}', `{"v":2,"exitCode":0}`, 'x'.repeat(100_000)])(
    'does not take %.20s for the last word of a build',
    async (text) => {
      const { run, start } = await createSetting();
      writeFileSync(join(run, 'log'), 'x\n');
      writeFileSync(join(run, 'exit'), text);

      expect(await start().stop()).toMatchObject({ complete: false, exitCode: null });
    },
  );

  it('delivers a result even of a build that said nothing', async () => {
    const { start, json } = await createSetting();

    const result = await start().stop();

    expect(result).toMatchObject({ bytes: 0, lines: 0, chunks: 0, complete: false, delivered: true });
    expect(TargetsFile.parse(await json(`${logs}targets.json`))).toEqual({ v: 1, targets: [], failures: [] });
  });

  it('sends in chunks, archives and proves exactly what was written, with the secrets masked', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ maxLength: 200 }).map((text) => Buffer.from(`${text}\n`)),
      fc.constant(Buffer.from(secret)),
      fc.constant(Buffer.from('y'.repeat(400_000))),
    );
    const pieces = fc.array(fc.tuple(piece, fc.nat(3)), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(pieces, async (written) => {
        const { run, start, chunks, writeExit, archive } = await createSetting();
        const courier = start({ secrets: [secret], sendMs: 5, lookMs: 1 });
        for (const [bytes, pause] of written) {
          // A write may be cut anywhere, in the middle of a secret too.
          appendFileSync(join(run, 'log'), bytes.subarray(0, bytes.length / 2));
          if (pause > 0) await systemClock.sleep(pause * 4);
          appendFileSync(join(run, 'log'), bytes.subarray(bytes.length / 2));
        }
        writeExit();
        const result = await courier.stop();

        const whole = Buffer.concat(written.map(([bytes]) => bytes));
        const parts: Buffer[] = [];
        const stream = createMasker([secret]).stream();
        for (const call of ['push', 'end'] as const) {
          const keep = (bytes: Uint8Array) => void parts.push(Buffer.from(bytes));
          if (call === 'push') stream.push(whole, keep);
          else stream.end(keep);
        }
        const expected = Buffer.concat(parts);
        expect(expected.includes(secret)).toBe(false);
        expect(Buffer.concat(await chunks()).equals(expected)).toBe(true);
        expect((await archive()).equals(expected)).toBe(true);
        expect(result).toMatchObject({ complete: true, bytes: expected.length });
      }),
      { numRuns: 12 },
    );
  });

  it('stops at the limit of a log and says so', async () => {
    const { run, start, writeExit, archive } = await createSetting();
    writeFileSync(join(run, 'log'), 'x'.repeat(3_000_000));
    writeExit();

    const result = await start({ maxLogBytes: 1_000_000 }).stop();

    expect(result).toMatchObject({ logTooLarge: true, complete: false, exitCode: 0 });
    const text = (await archive()).toString();
    expect(text.slice(0, 1_000_000)).toBe('x'.repeat(1_000_000));
    expect(text.slice(1_000_000)).toBe('\nyb: the log is larger than 1000000 bytes and ends here\n');
  });

  it('takes a log of exactly the limit as whole', async () => {
    const { run, start, writeExit } = await createSetting();
    writeFileSync(join(run, 'log'), 'x'.repeat(1_000));
    writeExit();

    expect(await start({ maxLogBytes: 1_000 }).stop()).toMatchObject({
      logTooLarge: false,
      complete: true,
      bytes: 1_000,
    });
  });

  it('masks secrets in the profile and leaves out what is none', async () => {
    const { run, start, writeExit, storage } = await createSetting();
    writeFileSync(join(run, 'profile.gz'), gzipSync(`{"traceEvents":[{"name":"${secret}"}]}`));
    writeExit();
    await start({ secrets: [secret] }).stop();

    const stored = await storage.store.read(`${logs}profile.gz`);
    expect(gunzipSync(stored?.bytes ?? Buffer.alloc(0)).toString()).toBe('{"traceEvents":[{"name":"***"}]}');
  });

  it('leaves out a profile that is none', async () => {
    const { run, start, writeExit, arrivals } = await createSetting();
    writeFileSync(join(run, 'profile.gz'), 'no gzip at all');
    writeExit();

    expect(await start().stop()).toMatchObject({ complete: true, missing: [] });
    expect(arrivals).not.toContain(`${logs}profile.gz`);
  });

  it("tells the phases' times as far as they are known", async () => {
    const { run, start, writeExit } = await createSetting();
    mkdirSync(dirname(join(run, 'job.json')), { recursive: true });
    const bazel = { targets: [], flags: [], environment: {}, flakyAttempts: 1, diskCacheBytes: 1 };
    const times = { startedAt: '2026-11-22T09:00:00.000Z', finishedAt: '2026-11-22T09:00:05.000Z' };
    const job = {
      v: 1,
      runId: 'x',
      attempt: 9,
      epoch: 9,
      repository: 'o/r',
      ref: 'r',
      sha: 's',
      subject: '',
      committedAt: '',
    };
    writeFileSync(join(run, 'job.json'), JSON.stringify({ ...job, ...times, bazel }));
    writeExit();

    const result = await start().stop();

    expect(result).toMatchObject({
      attempt: 1,
      epoch: 7,
      phases: { checkout: times, build: { startedAt: '2026-11-22T10:00:00Z' } },
    });
    expect(Object.keys(result.phases)).toEqual(['checkout', 'build', 'upload']);
  });
});

describe('the courier on a bad day', () => {
  it.each<[string, Fault[]]>([
    ['answers 503', ['unavailable', 'unavailable']],
    ['cuts connections before the effect', ['cut-before']],
    ['cuts connections after the effect', ['cut-after', 'cut-after']],
  ])('carries everything although the storage %s now and then', async (_name, faults) => {
    const setting = await createSetting();
    let requests = 0;
    setting.fault = () => {
      requests += 1;
      return faults[requests % 4] ?? 'none';
    };
    const courier = setting.start();
    for (let line = 0; line < 30; line += 1) {
      appendFileSync(join(setting.run, 'log'), `line ${line}\n`);
      await systemClock.sleep(10);
    }
    setting.writeExit();

    const result = await courier.stop();

    expect(result).toMatchObject({ complete: true, delivered: true, missing: [], lines: 30 });
    expect(Buffer.concat(await setting.chunks()).equals(await setting.archive())).toBe(true);
    expect(setting.failures.length).toBeGreaterThan(0);
  });

  it('waits for a storage that is away while the build runs', async () => {
    const setting = await createSetting();
    setting.fault = () => 'unavailable';
    const courier = setting.start();
    appendFileSync(join(setting.run, 'log'), 'written while it was away\n');
    await until(() => setting.failures.length > 2);
    expect(setting.arrivals).toEqual([]);
    setting.fault = () => 'none';
    await until(async () => (await setting.chunks()).length > 0);
    setting.writeExit();

    expect(await courier.stop()).toMatchObject({ complete: true, missing: [], delivered: true });
  });

  it('says what could not be uploaded when the storage takes only small things', async () => {
    const setting = await createSetting();
    appendFileSync(join(setting.run, 'log'), 'a line\n');
    setting.writeExit();
    // Another grant: its policy for logs is of another attempt.
    const { grant } = await createSetting();
    const policies = setting.grant.policies.map((policy, index) =>
      policy.prefix.startsWith('logs/') ? { ...policy, fields: grant.policies[index]?.fields ?? {} } : policy,
    );
    const broken = policies.map((policy) =>
      policy.prefix.startsWith('logs/') ? { ...policy, fields: { ...policy.fields, policy: 'bm9uZQ==' } } : policy,
    );

    const result = await setting.start({ grant: { ...setting.grant, policies: broken } }).stop();

    expect(result).toMatchObject({ delivered: true, complete: false });
    expect(result.missing).toEqual(expect.arrayContaining(['chunk-000001.log', 'build.log', 'targets.json']));
    expect(setting.arrivals).toEqual([`${signals}started.json`, `${signals}result.json`]);
  });

  it('ends within its grace when the storage stays away', async () => {
    const setting = await createSetting();
    setting.fault = () => 'hangs';
    appendFileSync(join(setting.run, 'log'), 'a line\n');

    const result = await setting.start({ graceSeconds: 1 }).stop();

    expect(result).toMatchObject({ delivered: false, complete: false });
    expect(result.missing).toContain('build.log');
  });
});
