import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { holdPort } from '../../local/ports.ts';
import { createTail, startProcess } from '../../local/processes.ts';
import { environment } from '../../shared/config.ts';

/** A function as it is measured: its bundle under the Functions Framework, in a process of its own. */
export interface Subject {
  readonly name: string;
  readonly folder: string;
  readonly signatureType: 'http' | 'cloudevent';
  readonly variables: Readonly<Record<string, string>>;
  /** A request that it answers with success, whatever it was asked before. */
  readonly ask: () => Ask;
}

export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RunningSubject {
  /** Rejects if the process ends before it listens. */
  readonly listening: Promise<void>;
  /** Sends one request. @throws Error if the answer is no success */
  ask(ask: Ask): Promise<void>;
  /** CPU time of the whole process so far. */
  cpuMicroseconds(): Promise<number>;
  stop(): Promise<void>;
}

const CpuMessage = z.object({ cpuMicroseconds: z.number() });

/** Starts the function's process, which listens a little later. `meter` is the bundled `meter.ts`. */
export async function startSubject(subject: Subject, meter: string): Promise<RunningSubject> {
  const held = await holdPort();
  const { port } = held;
  const tail = createTail();
  const asked: ((microseconds: number) => void)[] = [];
  const listening = Promise.withResolvers<void>();
  const { PATH = '', HOME = '/' } = environment();
  const child = await startProcess({
    command: process.execPath,
    args: ['--import', meter, frameworkOf(subject.folder)],
    cwd: subject.folder,
    env: {
      PATH,
      HOME,
      NODE_ENV: 'production',
      FUNCTION_TARGET: subject.name,
      FUNCTION_SIGNATURE_TYPE: subject.signatureType,
      PORT: String(port),
      ...subject.variables,
    },
    output: tail.add,
    onMessage: (message) => {
      if (message === 'listening') listening.resolve();
      const parsed = CpuMessage.safeParse(message);
      if (parsed.success) asked.shift()?.(parsed.data.cpuMicroseconds);
    },
  });
  await child.hand(held.server);
  await held.release();
  void child.exited.then(() => {
    listening.reject(new Error(`${subject.name} ended while it started\n${tail.text()}`));
  });
  const agent = new Agent({ keepAlive: true });
  return {
    listening: listening.promise,
    ask: async (ask) => {
      await send({ agent, port, ask, explain: () => `${subject.name}: ${tail.text()}` });
    },
    cpuMicroseconds: async () =>
      await new Promise((resolve) => {
        asked.push(resolve);
        child.signal('SIGUSR2');
      }),
    stop: async () => {
      agent.destroy();
      await child.stop({ graceMilliseconds: 2000 });
    },
  };
}

function frameworkOf(folder: string): string {
  const main = createRequire(join(folder, 'package.json')).resolve('@google-cloud/functions-framework');
  return join(dirname(main), 'main.js');
}

interface Sending {
  readonly agent: Agent;
  readonly port: number;
  readonly ask: Ask;
  readonly explain: () => string;
}

/** Sends one request. @throws Error if the answer is no success */
export async function send({ agent, port, ask, explain }: Sending): Promise<void> {
  const { method, path, body } = ask;
  const headers = { ...ask.headers, 'content-length': String(Buffer.byteLength(body)) };
  const status = await new Promise<number>((resolve, reject) => {
    const outgoing = request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
      response.resume();
      response.on('end', () => {
        resolve(response.statusCode ?? 0);
      });
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
  if (status < 200 || status > 299) throw new Error(`answered ${status}\n${explain()}`);
}

/** Milliseconds from the start of a process to its first answer. */
export async function firstAnswer(subject: Subject, meter: string): Promise<number> {
  const started = performance.now();
  const running = await startSubject(subject, meter);
  try {
    await running.listening;
    await running.ask(subject.ask());
    return performance.now() - started;
  } finally {
    await running.stop();
  }
}
