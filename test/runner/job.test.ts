import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCheckout } from '../../runner/checkout/checkout.ts';
import { systemClock, systemRandom } from '../../shared/clock.ts';
import { environment } from '../../shared/config.ts';
import { type RunResult, TargetsFile } from '../../shared/attempt/result.ts';
import { bazelWorkspace, realBazel } from '../support/bazel-repository.ts';
import { createGitRepository, type GitRepository } from '../support/git-repository.ts';
import { startGitServer } from '../support/git-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { createSetting as createCourierSetting, logs, runId, until, type Setting } from './courier/courier-rig.ts';

const bazel = realBazel();
const token = 'ghp_0123456789abcdefghij';

/** A volume and a repository; `run` is one Job over them, with the containers in the order in which a Pod starts them. */
async function createVolume() {
  const folder = temporaryFolder();
  const volume = join(folder, 'volume');
  mkdirSync(volume);
  const repository: GitRepository = createGitRepository(folder, 'owner/app');
  const server = await startGitServer({ root: folder, token });
  onTestFinished(server.close);
  let epoch = 0;

  const start = async (
    sha: string,
  ): Promise<{ courier: Setting; build: ChildProcess; finish: () => Promise<RunResult> }> => {
    epoch += 1;
    const courier = await createCourierSetting();
    const secrets = join(folder, `secrets-${epoch}`);
    mkdirSync(secrets);
    writeFileSync(join(secrets, 'token'), token);
    const carried = courier.start({ secrets: [token] });
    const { code } = await runCheckout({
      spec: {
        v: 1,
        runId,
        attempt: 1,
        epoch,
        repository: { fullName: 'owner/app', cloneUrl: server.url('owner/app.git') },
        ref: 'refs/heads/main',
        sha,
        defaultBranch: 'main',
        allowInsecure: true,
        bazel: { targets: ['//...'], flags: [], flakyAttempts: 2, diskCacheBytes: 1024 ** 3 },
      },
      volumeFolder: volume,
      runFolder: courier.run,
      secretFolder: secrets,
      path: environment()['PATH'] ?? '',
      buildScript: fileURLToPath(new URL('../../runner/build.sh', import.meta.url)),
      clock: systemClock,
      random: systemRandom,
      signal: new AbortController().signal,
      output: () => {},
    });
    expect(code).toBe(0);
    // Nothing that comes after has any use for it.
    rmSync(secrets, { recursive: true });
    const shm = join(folder, 'shm');
    mkdirSync(shm, { recursive: true });
    const build = spawn('sh', [join(courier.run, 'bin/build.sh')], {
      env: {
        YB_BUILD_DIR: join(volume, 'build'),
        YB_RUN_DIR: courier.run,
        YB_SHM_DIR: shm,
        YB_BAZEL: bazel ?? '',
        YB_TERMINATION_FILE: join(folder, 'termination'),
      },
      stdio: 'ignore',
    });
    const ended = new Promise<number | null>((resolve) => {
      build.once('exit', resolve);
    });
    onTestFinished(async () => {
      build.kill('SIGTERM');
      await ended;
    });
    const finish = async () => {
      const exitCode = await ended;
      const result = await carried.stop();
      expect(result.exitCode).toBe(exitCode);
      return result;
    };
    return { courier, build, finish };
  };
  return { volume, repository, start };
}

describe.skipIf(bazel === null)('a Job with a real Bazel', () => {
  it('tells what failed with its log, and on a warm volume runs only what changed', async () => {
    const { volume, repository, start } = await createVolume();
    const files = bazelWorkspace({
      passes: 'echo fine',
      fails: 'echo wrong; exit 1',
      reads: 'echo "$MODE"; test "$MODE" = ci',
    });
    const first = await start(repository.commit({ ...files, '.yb.yaml': 'env: { MODE: ci }\n' }));

    const red = await first.finish();

    expect(red).toMatchObject({
      exitCode: 3,
      complete: true,
      delivered: true,
      toolchain: '2.1.0',
      missing: [],
      repairs: [],
    });
    expect(red).toMatchObject({
      events: { complete: true, exitCode: 3 },
      failed: [{ label: '//app:fails', status: 'FAILED' }],
    });
    expect(red.counts).toMatchObject({ tests: 3, passed: 2, failed: 1, executed: 3, cached: 0 });
    const { targets } = TargetsFile.parse(await first.courier.json(`${logs}targets.json`));
    const failed = targets.find(({ label }) => label === '//app:fails');
    expect(failed).toMatchObject({ status: 'FAILED', attempts: 2 });
    expect((await first.courier.read(`${logs}${failed?.log ?? ''}`))?.toString()).toContain('wrong');
    const text = (await first.courier.archive()).toString();
    expect(text).toMatch(/^yb: checking out [0-9a-f]{12} \(refs\/heads\/main\) of owner\/app\n/);
    expect(text).toContain('FAILED: ');
    const profile = await first.courier.storage.store.read(`${logs}profile.gz`);
    expect(gunzipSync(profile?.bytes ?? Buffer.alloc(0)).toString()).toContain('traceEvents');
    expect(existsSync(join(volume, 'build/src/bazel-out'))).toBe(false);

    const { 'app/BUILD': repaired } = bazelWorkspace({
      passes: 'echo fine',
      fails: 'echo right',
      reads: 'echo "$MODE"; test "$MODE" = ci',
    });
    const second = await start(repository.commit({ 'app/BUILD': repaired ?? '' }));
    const green = await second.finish();

    expect(green).toMatchObject({ exitCode: 0, complete: true, failed: [], events: { complete: true, exitCode: 0 } });
    expect(green.counts).toMatchObject({ tests: 3, passed: 3, executed: 1, cached: 2 });
  });

  it('ends in good order when it is cancelled in the middle of a test', async () => {
    const { volume, repository, start } = await createVolume();
    const { courier, build, finish } = await start(repository.commit(bazelWorkspace({ slow: 'echo here; sleep 300' })));
    // The mark of the test that runs, in Bazel's own progress.
    await until(() =>
      /\[\d+ \/ \d+\].*Testing \/\/app:slow|Testing \/\/app:slow/.test(readFileSync(join(courier.run, 'log'), 'utf8')),
    );

    build.kill('SIGTERM');
    const result = await finish();

    expect(result).toMatchObject({ exitCode: 8, complete: true, events: { complete: true, exitCode: 8 } });
    expect(result.counts).toMatchObject({ tests: 1, passed: 0 });
    expect((await courier.archive()).toString()).toContain('yb: stopped on request\n');
    // No server is left over the volume: it would hold the lock.
    expect(existsSync(join(volume, 'build/ob/server/server.pid.txt'))).toBe(false);
  });
});
