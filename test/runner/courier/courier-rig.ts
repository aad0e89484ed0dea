import { createServer, request as forward } from 'node:http';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { runCourier, type CourierOptions } from '../../../runner/courier/courier.ts';
import { systemClock, systemRandom } from '../../../shared/clock.ts';
import { createUploadGrant } from '../../../shared/logs/upload-policy.ts';
import type { UploadGrant } from '../../../shared/attempt/upload-grant.ts';
import type { RunResult } from '../../../shared/attempt/result.ts';
import { listen } from '../../support/http.ts';
import { bucket, signer, startTestStorage, type TestStorage } from '../../support/storage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

export const runId = 'r0000000000000000000000001';
export const logs = `logs/${runId}/1/`;
export const signals = `signals/${runId}/1/`;

/** What happens to a request on its way to the storage. */
export type Fault = 'none' | 'unavailable' | 'cut-before' | 'cut-after' | 'hangs';

export interface Setting {
  readonly run: string;
  readonly state: string;
  readonly storage: TestStorage;
  readonly grant: UploadGrant;
  /** Names of objects in the order in which the storage got them. */
  readonly arrivals: string[];
  /** Asked for each request. */
  fault: () => Fault;
  readonly failures: { name: string; status: number | string }[];
  start(options?: Partial<CourierOptions> & { graceSeconds?: number; maxLogBytes?: number }): Courier;
  /** The build's last word. */
  writeExit(exitCode?: number): void;
  read(name: string): Promise<Buffer | null>;
  json(name: string): Promise<unknown>;
  /** The whole of the numbered chunks, as many as there are. */
  chunks(): Promise<Buffer[]>;
  /** The archive as it is stored, unpacked by us. */
  archive(): Promise<Buffer>;
}

export interface Courier {
  /** SIGTERM. */
  stop(): Promise<RunResult & { delivered: boolean }>;
  /** The process is gone at once; nothing more is uploaded. */
  readonly done: Promise<unknown>;
}

export async function createSetting(): Promise<Setting> {
  const folder = temporaryFolder();
  const run = join(folder, 'run');
  const state = join(folder, 'state');
  mkdirSync(join(run, 'bin'), { recursive: true });
  const arrivals: string[] = [];
  const storage = await startTestStorage({ onFinalize: ({ name }) => void arrivals.push(name) });
  const setting = { fault: (): Fault => 'none' };
  const endpoint = await startWay(storage.url, () => setting.fault());
  const now = storage.clock.now();
  const grant = await createUploadGrant({
    signer,
    bucket,
    endpoint,
    runId,
    attempt: 1,
    now,
    expiresAt: new Date(now.getTime() + 3_600_000),
    maxBytes: 64 * 1024 * 1024,
  });
  const failures: Setting['failures'] = [];
  const read = async (name: string) => {
    const content = await storage.store.read(name);
    return content === null ? null : Buffer.from(content.bytes);
  };
  return Object.assign(setting, {
    run,
    state,
    storage,
    grant,
    arrivals,
    failures,
    start: ({ graceSeconds = 30, maxLogBytes = 1024 ** 3, ...options } = {}) => {
      const stop = new AbortController();
      const done = runCourier({
        spec: { v: 1, runId, attempt: 1, epoch: 7, maxLogBytes, graceSeconds },
        grant,
        secrets: [],
        runFolder: run,
        stateFolder: state,
        clock: systemClock,
        random: systemRandom,
        stop: stop.signal,
        onFailure: (failure) => failures.push(failure),
        lookMs: 5,
        sendMs: 20,
        ...options,
      });
      onTestFinished(async () => {
        stop.abort();
        await done.catch(() => {});
      });
      return {
        done,
        stop: async () => {
          stop.abort();
          const { result, delivered } = await done;
          return { ...result, delivered };
        },
      };
    },
    writeExit: (exitCode = 0) => {
      const time = '2026-11-22T10:00:00Z';
      const exit = { v: 1, exitCode, repairs: [], startedAt: time, finishedAt: time, toolchain: '7.1.0' };
      writeFileSync(join(run, 'exit.new'), JSON.stringify(exit));
      renameSync(join(run, 'exit.new'), join(run, 'exit'));
    },
    read,
    json: async (name) => JSON.parse((await read(name))?.toString() ?? 'null') as unknown,
    chunks: async () => {
      const names = (await storage.store.list(`${logs}chunk-`)).map(({ name }) => name);
      return await Promise.all(names.map(async (name) => (await read(name)) ?? Buffer.alloc(0)));
    },
    archive: async () => {
      const url = `${storage.url}/storage/v1/b/${bucket}/o/${encodeURIComponent(`${logs}build.log`)}?alt=media`;
      const response = await fetch(url, {
        headers: { authorization: 'Bearer a-token-for-tests', 'accept-encoding': 'gzip' },
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
    },
  } satisfies Omit<Setting, 'fault'>);
}

/** The way to the storage, on which things may happen. */
async function startWay(storageUrl: string, fault: () => Fault): Promise<string> {
  const server = createServer((request, response) => {
    const now = fault();
    request.on('error', () => {});
    if (now === 'hangs') return;
    if (now === 'cut-before') {
      request.socket.destroy();
      return;
    }
    if (now === 'unavailable') {
      request.resume().on('end', () => response.writeHead(503).end());
      return;
    }
    const { method, headers, url = '/' } = request;
    const onwards = forward(`${storageUrl}${url}`, { method, headers }, (answer) => {
      if (now === 'cut-after') {
        answer.resume();
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onwards.on('error', () => response.destroy());
    request.pipe(onwards);
  });
  const { port, close } = await listen(server);
  onTestFinished(close);
  return `http://127.0.0.1:${port}`;
}

/** Waits until something is so. */
export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await systemClock.sleep(10);
}
