import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildAll } from '../../build/build.ts';
import { type ManagedProcess, createTail, startProcess } from '../../local/processes.ts';
import { startStorage } from '../../local/storage/storage.ts';
import { systemClock, systemRandom } from '../../shared/clock.ts';
import { environment } from '../../shared/config.ts';
import { YbError } from '../../shared/errors.ts';
import { createObjectStore } from '../../shared/google/object-store.ts';
import { hasStarted, readResult } from '../../shared/logs/archive.ts';
import { createKeySigner } from '../../shared/google/signer.ts';
import { createUploadGrant } from '../../shared/logs/upload-policy.ts';
import type { Report } from './report.ts';

const megabyte = 1e6;
const logBytes = 500 * megabyte;
const bucket = 'bench';
const clientEmail = 'bench@project.iam.gserviceaccount.com';
const attempt = { runId: 'b'.repeat(26), attempt: 1 } as const;
const root = fileURLToPath(new URL('../..', import.meta.url));

export interface CourierCost {
  /** Peaks of resident memory: of a Node that does nothing, and of the courier. */
  readonly idleBytes: number;
  readonly peakBytes: number;
  readonly bytes: number;
  readonly complete: boolean;
  /** From the start of the courier to its end. */
  readonly seconds: number;
}

/** Carries a log that lies there whole, with the courier's bundle as a process and a storage that checks what it is sent. */
export async function measureCourier(): Promise<CourierCost> {
  const folder = await mkdtemp(join(tmpdir(), 'yb-bench-'));
  try {
    return await measureIn(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureIn(folder: string): Promise<CourierCost> {
  const place = (name: string): string => join(folder, name);
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const jsonToken = 'a-token-for-this-measurement';
  await buildAll({ root, outDir: place('dist'), only: ['runner'] });
  await Promise.all(['storage', 'run', 'secrets', 'state'].map(async (name) => await mkdir(place(name))));
  const storage = await startStorage({
    dir: place('storage'),
    buckets: [bucket],
    clientEmail,
    publicKey: keys.publicKey,
    jsonToken,
    onError: (error) => {
      throw error;
    },
  });
  try {
    const signer = createKeySigner({ clientEmail, privateKey: keys.privateKey });
    const now = systemClock.now();
    const grant = await createUploadGrant({
      ...attempt,
      signer,
      bucket,
      endpoint: storage.url,
      now,
      expiresAt: new Date(now.getTime() + 3_600_000),
      maxBytes: logBytes * 2,
    });
    await writeFile(place('secrets/upload.json'), JSON.stringify(grant));
    await writeFile(place('secrets/mask.json'), JSON.stringify({ v: 1, values: ['a secret that is nowhere'] }));
    await writeLog(place('run/log'));
    const idleBytes = await peakOfIdle();

    const began = performance.now();
    const courier = await startCourier(place);
    const peak = watchPeak(courier.process);
    const time = systemClock.now().toISOString();
    const exit = { v: 1, exitCode: 0, repairs: [], startedAt: time, finishedAt: time, toolchain: '7.1.0' };
    await writeFile(place('run/exit.new'), JSON.stringify(exit));
    await rename(place('run/exit.new'), place('run/exit'));
    const store = createObjectStore({
      bucket,
      endpoint: storage.url,
      token: async () => await Promise.resolve(jsonToken),
      signer,
      clock: systemClock,
      random: systemRandom,
    });
    while ((await hasStarted({ store, ...attempt })) === null) await delay(20);
    // As the kubelet does when the build has ended: what is left of the log is carried after it.
    courier.process.signal('SIGTERM');
    await courier.process.exited;
    const seconds = (performance.now() - began) / 1000;
    const result = await readResult({ store, ...attempt });
    if (result === null) throw new YbError('internal', `the courier left no result: ${courier.output()}`);
    return { idleBytes, peakBytes: await peak(), bytes: result.bytes, complete: result.complete, seconds };
  } finally {
    await storage.stop();
  }
}

/** Lines as Bazel prints them, of which no two are the same, so that they do not compress to nothing. */
async function writeLog(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    let written = 0;
    for (let line = 0; written < logBytes;) {
      const lines: string[] = [];
      for (const end = line + 10_000; line < end; line++) {
        lines.push(
          `[${line} / 9,999] Testing //some/package:test_${line % 997}; ${(line * 2654435761) % 4294967296}s linux-sandbox\n`,
        );
      }
      const bytes = Buffer.from(lines.join('')).subarray(0, logBytes - written);
      await file.write(bytes);
      written += bytes.length;
    }
  } finally {
    await file.close();
  }
}

async function startCourier(
  place: (name: string) => string,
): Promise<{ readonly process: ManagedProcess; readonly output: () => string }> {
  const tail = createTail();
  const spec = { v: 1, ...attempt, epoch: 1, maxLogBytes: logBytes * 2, graceSeconds: 600 };
  const process_ = await startProcess({
    command: process.execPath,
    args: [place('dist/runner/courier.mjs')],
    env: {
      PATH: environment()['PATH'] ?? '',
      YB_SPEC: JSON.stringify(spec),
      YB_RUN_DIR: place('run'),
      YB_SECRET_DIR: place('secrets'),
      YB_STATE_DIR: place('state'),
      YB_TERMINATION_FILE: place('termination'),
    },
    output: tail.add,
  });
  return { process: process_, output: tail.text };
}

async function peakOfIdle(): Promise<number> {
  const idle = await startProcess({
    command: process.execPath,
    args: ['--eval', 'setInterval(() => {}, 1000)'],
    env: { PATH: environment()['PATH'] ?? '' },
  });
  await delay(1_000);
  const bytes = await peakOf(idle.pid);
  await idle.stop({ graceMilliseconds: 1_000 });
  return bytes;
}

/** Looks again and again, since what a process used is not to be had when it has ended. */
function watchPeak({ pid, exited }: ManagedProcess): () => Promise<number> {
  const watching = (async () => {
    let peak = 0;
    const state = { ended: false };
    void exited.then(() => {
      state.ended = true;
    });
    while (!state.ended) {
      peak = Math.max(peak, await peakOf(pid).catch(() => 0));
      await delay(20);
    }
    return peak;
  })();
  return async () => await watching;
}

/** The most resident memory that a process ever had: proc(5), VmHWM. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

const aims = { mebibytes: 64, megabytesPerSecond: 50 } as const;

export function describeCourierCost(cost: CourierCost): Report {
  const mebibytes = (bytes: number): number => bytes / 1024 ** 2;
  const above = mebibytes(cost.peakBytes - cost.idleBytes);
  const rate = cost.bytes / megabyte / cost.seconds;
  const judged = [
    {
      reached: cost.complete && cost.bytes === logBytes,
      text: `${cost.bytes} bytes archived, ${cost.complete ? 'complete' : 'NOT complete'}`,
    },
    {
      reached: above <= aims.mebibytes,
      text: `${above.toFixed(0)} MiB above an idle Node (${mebibytes(cost.idleBytes).toFixed(0)} MiB), aim at most ${aims.mebibytes}`,
    },
    {
      reached: rate >= aims.megabytesPerSecond,
      text: `${rate.toFixed(0)} MB/s with masking, gzip and signed uploads, aim at least ${aims.megabytesPerSecond}`,
    },
  ];
  return {
    text: [
      `The courier and a log of ${logBytes / megabyte} MB`,
      ...judged.map(({ reached, text }) => `  ${reached ? 'reached' : 'MISSED '}  ${text}`),
      '',
    ].join('\n'),
    good: judged.every(({ reached }) => reached),
  };
}
