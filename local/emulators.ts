import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { environment } from '../shared/config.ts';
import { YbError } from '../shared/errors.ts';
import { freePort } from './ports.ts';
import { type ManagedProcess, createTail, startProcess } from './processes.ts';
import { findEmulators, findJava } from './programs.ts';
import { answersHttp, untilReady } from './readiness.ts';

export interface Emulator {
  /** `127.0.0.1:port`, as the emulators' environment variables want it. */
  readonly host: string;
  /** Ends it; what it is to keep has been written then. */
  stop(): Promise<void>;
}

/** A small heap's collector and no second compiler: both emulators start in 2 s instead of 6 on two cores. */
const javaFlags = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Duser.language=en'];
const graceMilliseconds = 3000;
/** In the words of Java's sockets and of Netty. */
const portTaken = /address already in use|BindException/i;

/**
 * Google's Firestore emulator. It keeps everything in memory; with `dataDir` what it holds is exported there on `stop()`
 * and imported at the next start. Times of creation and update are those of the import then.
 */
export async function startFirestoreEmulator(options: {
  readonly projectId: string;
  readonly dataDir?: string;
  /** Variables beside those that it needs. */
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Emulator> {
  const { firestore } = await findEmulators(environment());
  const { dataDir } = options;
  const kept = dataDir === undefined ? null : await keptExport(dataDir);
  const emulator = await startEmulator({
    name: 'the Firestore emulator',
    jar: firestore,
    env: options.env ?? {},
    args: (jar, port) => [
      '-cp',
      jar,
      'com.google.cloud.datastore.emulator.firestore.CloudFirestore',
      'start',
      '--host=127.0.0.1',
      `--port=${port}`,
      ...(kept === null ? [] : [`--import-data=${kept}`]),
    ],
    readyWhen: 'Dev App Server is now running',
  });
  return {
    host: emulator.host,
    async stop() {
      try {
        if (dataDir !== undefined) await exportTo(dataDir, emulator.host, options.projectId);
      } finally {
        await emulator.stop();
      }
    },
  };
}

/** Google's Pub/Sub emulator. It keeps nothing: topics and subscriptions are made again at each start. */
export async function startPubSubEmulator(options: {
  readonly projectId: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Emulator> {
  const { pubsub } = await findEmulators(environment());
  return await startEmulator({
    name: 'the Pub/Sub emulator',
    jar: pubsub,
    env: options.env ?? {},
    args: (jar, port) => ['-jar', jar, '--host=127.0.0.1', `--port=${port}`, `--projects=${options.projectId}`],
    readyWhen: 'Server started, listening on',
  });
}

interface EmulatorProgram {
  readonly name: string;
  readonly jar: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly args: (jar: string, port: number) => readonly string[];
  /** Said by this very process, so another one that took its port is not mistaken for it. */
  readonly readyWhen: string;
}

/** It takes a number and listens later: who took that port meanwhile costs another start, with another number. */
async function startEmulator(emulator: EmulatorProgram): Promise<Emulator> {
  for (let left = 4; ; left -= 1) {
    const started = await startOn(await freePort(), emulator);
    if (started !== 'taken') return started;
    if (left === 0) throw new YbError('internal', `${emulator.name} finds no port that stays free`);
  }
}

async function startOn(port: number, emulator: EmulatorProgram): Promise<Emulator | 'taken'> {
  const variables = environment();
  const java = await findJava(variables);
  const { jar, name } = emulator;
  if (java === null) throw new YbError('bad-settings', `${name} needs Java 17`);
  if (jar === null) throw new YbError('bad-settings', `${name} is not installed`);
  const host = `127.0.0.1:${port}`;
  const tail = createTail();
  const program = await startProcess({
    command: java,
    args: [...javaFlags, ...emulator.args(jar, port)],
    env: {
      PATH: variables['PATH'] ?? '',
      HOME: variables['HOME'] ?? '/',
      // Without it the emulator looks for Google's metadata server, and waits for it.
      METADATA_SERVER_DETECTION: 'none',
      ...emulator.env,
    },
    output: tail.add,
  });
  try {
    await untilReady({
      name,
      program,
      ready: async () => tail.text().includes(emulator.readyWhen) && (await answersHttp(`http://${host}/`)),
      said: tail.text,
    });
  } catch (error) {
    await end(program);
    if (portTaken.test(tail.text())) return 'taken';
    throw error;
  }
  return {
    host,
    async stop() {
      await end(program);
    },
  };
}

async function end(program: ManagedProcess): Promise<void> {
  await program.stop({ graceMilliseconds });
}

const exportName = 'firestore';

/** Exports below a new name first: an export that breaks off leaves the last whole one. */
async function exportTo(dataDir: string, host: string, projectId: string): Promise<void> {
  const next = join(dataDir, 'next');
  await rm(next, { recursive: true, force: true });
  // The emulator wants the folder to be there.
  await mkdir(next, { recursive: true });
  const response = await fetch(`http://${host}/emulator/v1/projects/${projectId}:export`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      database: `projects/${projectId}/databases/(default)`,
      export_directory: next,
      export_name: exportName,
    }),
    signal: AbortSignal.timeout(5000),
  });
  await response.arrayBuffer();
  if (!response.ok)
    throw new YbError('internal', `the Firestore emulator did not export its data (${response.status})`);
  const current = join(dataDir, 'current');
  const last = join(dataDir, 'last');
  await rm(last, { recursive: true, force: true });
  await rename(current, last).catch(() => undefined);
  await rename(next, current);
  await rm(last, { recursive: true, force: true });
}

/** The newest whole export; `last` is there alone if an earlier stop broke off between two renames. */
async function keptExport(dataDir: string): Promise<string | null> {
  for (const folder of ['current', 'last']) {
    const file = join(dataDir, folder, exportName, `${exportName}.overall_export_metadata`);
    const found = await stat(file).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return null;
}
