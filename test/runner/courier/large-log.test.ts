import { createHash } from 'node:crypto';
import { appendFileSync, createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLogReader } from '../../../functions/dashboard/log/reader.ts';
import { archiveChunks, readIndex } from '../../../shared/logs/archive.ts';
import type { ObjectStore } from '../../../shared/outside/objects.ts';
import { RunResult } from '../../../shared/attempt/result.ts';
import { bucket, jsonToken } from '../../support/storage.ts';
import { startProgram } from './program.ts';
import { createSetting, runId, signals, until, type Setting } from './courier-rig.ts';

const ref = { runId, attempt: 1 };
const million = 1_000_000;

/** A million bytes of numbered lines; of binary bytes; and one line of them all. */
function part(number: number): Buffer {
  if (number % 10 === 3) return Buffer.from(Array.from({ length: million }, (_, index) => (index * 7) % 256));
  if (number % 10 === 6) return Buffer.from(`${'x'.repeat(million - 1)}\n`);
  const lines = Array.from({ length: 10_000 }, (_, index) => `${number}.${index} ${'y'.repeat(99)}`.slice(0, 99));
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** Writes a log without a last line end. */
function writeLog(file: string, megabytes: number): void {
  const parts = Array.from({ length: 10 }, (_, index) => part(index));
  writeFileSync(file, '');
  for (let number = 0; number < megabytes; number += 1) appendFileSync(file, parts[number % 10] ?? '');
  appendFileSync(file, 'the last line has no end');
}

async function sha256Of(file: string, end?: number): Promise<string> {
  const hash = createHash('sha256');
  if (end === 0) return hash.digest('hex');
  const read = createReadStream(file, end === undefined ? {} : { end: end - 1 });
  for await (const bytes of read as AsyncIterable<Buffer>) hash.update(bytes);
  return hash.digest('hex');
}

/** Of the archive, unpacked as it is read. */
async function archiveHash({ storage }: Setting): Promise<string> {
  const name = encodeURIComponent(`logs/${runId}/1/build.log`);
  const url = `${storage.url}/storage/v1/b/${bucket}/o/${name}?alt=media`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${jsonToken}` } });
  const hash = createHash('sha256');
  const body: ReadableStream<Uint8Array> | null = response.body;
  if (body !== null) for await (const bytes of body) hash.update(bytes);
  return hash.digest('hex');
}

/** The most memory that a process ever had, in MiB. */
function peakMemory(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid ?? 'self'}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/** The store of the setting, with what is read of it counted. */
function counted(store: ObjectStore): {
  readonly store: ObjectStore;
  readonly used: { requests: number; bytes: number };
} {
  const used = { requests: 0, bytes: 0 };
  return {
    used,
    store: {
      ...store,
      read: async (name, options) => {
        const content = await store.read(name, options);
        used.requests += 1;
        used.bytes += content?.bytes.length ?? 0;
        return content;
      },
      list: async (...rest) => {
        used.requests += 1;
        return await store.list(...rest);
      },
    },
  };
}

async function resultOf(setting: Setting): Promise<RunResult> {
  return RunResult.parse(await setting.json(`${signals}result.json`));
}

describe('a large log', () => {
  const megabytes = 100;

  it(
    'is archived byte for byte, in little memory, and any part of it is read by itself',
    { timeout: 240_000 },
    async () => {
      const setting = await createSetting();
      const log = join(setting.run, 'log');
      const { child, ended } = startProgram(setting, ['correct-horse-battery']);
      await until(() => setting.arrivals.includes(`${signals}started.json`));
      const idle = process.platform === 'linux' ? peakMemory(child.pid) : 0;
      writeLog(log, megabytes);
      await until(async () => ((await readIndex({ store: setting.storage.store, ...ref }))?.chunks.length ?? 0) > 20);
      const peak = process.platform === 'linux' ? peakMemory(child.pid) : 0;
      setting.writeExit(0);
      child.kill('SIGTERM');
      expect(await ended).toBe(0);

      const result = await resultOf(setting);
      const bytes = megabytes * million + 24;
      expect(result).toMatchObject({ complete: true, bytes, missing: [], sha256: await sha256Of(log) });
      expect(await archiveHash(setting)).toBe(result.sha256);
      expect(result.chunks).toBeLessThan(60);
      expect(peak - idle).toBeLessThan(64);

      const { store, used } = counted(setting.storage.store);
      const page = await createLogReader(store).excerpt(ref, bytes);
      expect(page.items[0]).toMatchObject({ number: 1, offset: 0 });
      expect(page.items.at(-1)).toMatchObject({ number: result.lines, text: 'the last line has no end' });
      expect(used.requests).toBeLessThanOrEqual(5);
      expect(used.bytes).toBeLessThan(250_000);

      const middle = Math.floor(result.lines / 2);
      const { items } = await createLogReader(store).lines(ref, bytes, { from: middle, count: 3 });
      expect(items.map((item) => (item.kind === 'line' ? item.number : null))).toEqual([
        middle,
        middle + 1,
        middle + 2,
      ]);
      expect(used.requests).toBeLessThanOrEqual(10);
      expect(used.bytes).toBeLessThan(10 * million);
    },
  );

  it(
    'whose courier is killed in the middle of a line is what was uploaded until then',
    { timeout: 120_000 },
    async () => {
      const setting = await createSetting();
      const log = join(setting.run, 'log');
      const { child, ended } = startProgram(setting);
      writeLog(log, 12);
      await until(async () => Buffer.concat(await setting.chunks()).includes('the last line'));
      appendFileSync(log, ` ${'z'.repeat(100)}`);
      child.kill('SIGKILL');
      await ended;

      const archived = await archiveChunks({ store: setting.storage.store, ...ref });

      expect(archived?.complete).toBe(false);
      expect(archived?.bytes).toBeGreaterThanOrEqual(12 * million + 24);
      expect(archived?.sha256).toBe(await sha256Of(log, archived?.bytes));
      expect(await archiveHash(setting)).toBe(archived?.sha256);
      const { items } = await createLogReader(setting.storage.store).excerpt(ref, archived?.bytes ?? 0);
      expect(items.at(-1)).toMatchObject({ number: archived?.lines });
      expect(JSON.stringify(items.at(-1))).toContain('the last line has no end');
    },
  );
});
