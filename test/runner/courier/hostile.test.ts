import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openBelow, readBelow, readEndBelow } from '../../../runner/courier/hostile-files.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { failedTest } from './events.ts';
import { createSetting, logs, until } from './courier-rig.ts';

/** What no reader may follow or wait for, by how it is made at a path. */
const traps: [name: string, make: (path: string, outside: string) => void][] = [
  [
    'a link to a secret',
    (path, outside) => {
      symlinkSync(outside, path);
    },
  ],
  [
    'a link to the environment of its reader',
    (path) => {
      symlinkSync('/proc/self/environ', path);
    },
  ],
  [
    'a FIFO that nobody writes to',
    (path) => {
      execFileSync('mkfifo', [path]);
    },
  ],
  [
    'a folder',
    (path) => {
      mkdirSync(path);
    },
  ],
  [
    'a file of nothing but holes',
    (path) => {
      writeFileSync(path, 'start');
      truncateSync(path, 10 * 1024 ** 3);
    },
  ],
  [
    'a device',
    (path) => {
      symlinkSync('/dev/zero', path);
    },
  ],
];

describe('reading what a build left', () => {
  it.each(traps)('refuses %s', async (_name, make) => {
    const folder = temporaryFolder();
    const root = join(folder, 'run');
    mkdirSync(root);
    writeFileSync(join(folder, 'secret'), 'outside');
    make(join(root, 'file'), join(folder, 'secret'));

    expect(await openBelow(root, 'file')).toBe('refused');
    expect(await readBelow(root, 'file', 1_000)).toBe('refused');
    expect(await readEndBelow(root, 'file', 1_000)).toBe('refused');
  });

  it('refuses a link in any part of the path, and paths that lead out', async () => {
    const folder = temporaryFolder();
    const root = join(folder, 'run');
    mkdirSync(join(root, 'a/b'), { recursive: true });
    mkdirSync(join(folder, 'outside/b'), { recursive: true });
    writeFileSync(join(root, 'a/b/file'), 'inside');
    writeFileSync(join(folder, 'outside/b/file'), 'outside');
    symlinkSync('../outside', join(root, 'link'));

    expect((await readBelow(root, 'a/b/file', 1_000)).toString()).toBe('inside');
    for (const path of [
      'link/b/file',
      '../outside/b/file',
      'a/../../outside/b/file',
      '/etc/passwd',
      'a//b/file',
      '',
      '.',
    ]) {
      expect(await readBelow(root, path, 1_000)).toBe('refused');
    }
    expect(await readBelow(root, 'a/none', 1_000)).toBe('absent');
    expect(await readBelow(root, 'a/b/file/more', 1_000)).toBe('refused');
  });

  it('never reads outside while a folder and a link change places', async () => {
    const folder = temporaryFolder();
    const root = join(folder, 'run');
    mkdirSync(join(root, 'real'), { recursive: true });
    mkdirSync(join(folder, 'outside'));
    writeFileSync(join(root, 'real/file'), 'inside');
    writeFileSync(join(folder, 'outside/file'), 'outside');
    symlinkSync('../outside', join(root, 'link'));
    const seen = new Set<string>();
    const reading = new AbortController();
    const swapper = (async () => {
      while (!reading.signal.aborted) {
        for (const name of ['real', 'link']) {
          renameSync(join(root, name), join(root, 'a'));
          await setImmediate();
          renameSync(join(root, 'a'), join(root, name));
        }
      }
    })();
    for (let round = 0; round < 300; round += 1) seen.add((await readBelow(root, 'a/file', 1_000)).toString());
    reading.abort();
    await swapper;

    expect(seen).not.toContain('outside');
  });

  it('reads no more of a file than it was asked for', async () => {
    const root = temporaryFolder();
    writeFileSync(join(root, 'file'), '0123456789');

    expect((await readBelow(root, 'file', 10)).toString()).toBe('0123456789');
    expect(await readBelow(root, 'file', 9)).toBe('refused');
    expect((await readEndBelow(root, 'file', 4)).toString()).toBe('6789');
  });
});

describe('the courier among hostile files', () => {
  it.each(traps)('publishes nothing of %s in the place of the log', async (_name, make) => {
    const { run, state, start, writeExit, storage, archive } = await createSetting();
    writeFileSync(`${state}-secret`, 'outside');
    make(join(run, 'log'), `${state}-secret`);
    writeExit();

    const result = await start({ secrets: [] }).stop();

    expect(result).toMatchObject({ complete: false, delivered: true });
    expect((await archive()).toString()).toBe('yb: the log is not a regular file any more and is not read\n');
    for (const { name } of await storage.store.list('')) {
      if (name.endsWith('build.log')) continue;
      expect(Buffer.from((await storage.store.read(name))?.bytes ?? []).toString()).not.toMatch(/outside|PATH=/);
    }
  });

  it('keeps to the log that it follows when a link takes its place', async () => {
    const { run, start, writeExit, archive, chunks } = await createSetting();
    writeFileSync(join(run, 'log'), 'true\n');
    const courier = start();
    await until(async () => (await chunks()).length > 0);
    rmSync(join(run, 'log'));
    symlinkSync('/proc/self/environ', join(run, 'log'));
    writeExit();

    await courier.stop();

    expect((await archive()).toString()).toBe('true\n');
  });

  it.each(traps)('publishes nothing of %s in the place of other files', async (_name, make) => {
    const { run, state, start, writeExit, arrivals, storage } = await createSetting();
    writeFileSync(`${state}-secret`, 'outside');
    writeFileSync(join(run, 'log'), 'fine\n');
    const { files, lines } = failedTest('//app:fails');
    writeFileSync(join(run, 'bep.ndjson'), lines.join('\n'));
    for (const path of ['job.json', 'profile.gz', ...files.map((file) => `testlogs/${file}`)]) {
      mkdirSync(join(run, path, '..'), { recursive: true });
      make(join(run, path), `${state}-secret`);
    }
    writeExit(3);

    const result = await start().stop();

    expect(result).toMatchObject({ complete: true, exitCode: 3, delivered: true });
    expect(arrivals.filter((name) => name.includes('/tests/') || name.endsWith('.gz'))).toEqual([]);
    for (const { name } of await storage.store.list('')) {
      expect(Buffer.from((await storage.store.read(name))?.bytes ?? []).toString()).not.toMatch(/outside|PATH=/);
    }
    expect(arrivals).toContain(`${logs}targets.json`);
  });

  it.each(traps)('takes %s for no last word', async (_name, make) => {
    const { run, state, start } = await createSetting();
    const exit = {
      v: 1,
      exitCode: 0,
      repairs: [],
      startedAt: '2026-11-22T10:00:00Z',
      finishedAt: '2026-11-22T10:00:00Z',
    };
    writeFileSync(`${state}-secret`, JSON.stringify({ ...exit, toolchain: null }));
    make(join(run, 'exit'), `${state}-secret`);

    expect(await start().stop()).toMatchObject({ complete: false, exitCode: null });
  });

  it('carries events that name files of the machine without reading them', async () => {
    const { run, start, writeExit, arrivals } = await createSetting();
    const { lines } = failedTest('//app:fails', { uri: 'file:///etc/passwd' });
    const more = failedTest('//app:out', { uri: 'file:///vol/ob/bazel-out/k8/testlogs/../../../../etc/passwd' });
    writeFileSync(join(run, 'bep.ndjson'), [...lines, ...more.lines].join('\n'));
    linkSync(join(run, 'bep.ndjson'), join(run, 'log'));
    writeExit(3);

    expect(await start().stop()).toMatchObject({ delivered: true, exitCode: 3 });
    expect(arrivals.filter((name) => name.includes('/tests/'))).toEqual([]);
  });
});
