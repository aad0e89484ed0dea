import { readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../local/ports.ts';
import { createTail, startProcess } from '../../local/processes.ts';
import { findOnPath } from '../../local/programs.ts';
import { environment } from '../../shared/config.ts';
import { type RunningSubject, type Subject, send } from './subject.ts';

/** https://github.com/adnanh/webhook (`webhook` in Debian), which people put before a script: null if it is not on the PATH. */
export async function findAdnanh(): Promise<string | null> {
  return await findOnPath('webhook', environment());
}

/** Serves the same signed pushes, with the action that costs least: a program that does nothing. */
export async function startAdnanh(
  program: string,
  options: { readonly subject: Subject; readonly secret: string; readonly folder: string },
): Promise<RunningSubject> {
  const { subject, secret, folder } = options;
  const file = join(folder, 'hooks.json');
  const signed = { type: 'payload-hmac-sha256', secret, parameter: { source: 'header', name: 'X-Hub-Signature-256' } };
  const id = subject.ask().path.slice(1);
  const hook = { id, 'execute-command': '/bin/true', 'trigger-rule': { match: signed } };
  await writeFile(file, JSON.stringify([hook]));
  const port = await freePort();
  const tail = createTail();
  const child = await startProcess({
    command: program,
    args: ['-hooks', file, '-ip', '127.0.0.1', '-port', String(port), '-urlprefix', ''],
    env: { PATH: environment()['PATH'] ?? '' },
    output: tail.add,
  });
  const agent = new Agent({ keepAlive: true });
  const ask: RunningSubject['ask'] = async (question) => {
    await send({ agent, port, ask: question, explain: () => `webhook: ${tail.text()}` });
  };
  return {
    ask,
    listening: untilAnswered(async () => {
      await ask(subject.ask());
    }),
    cpuMicroseconds: async () => await cpuMicroseconds(child.pid),
    async stop() {
      agent.destroy();
      await child.stop({ graceMilliseconds: 2000 });
    },
  };
}

async function untilAnswered(ask: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await ask();
      return;
    } catch (error) {
      if (tries > 100) throw error;
      await delay(50);
    }
  }
}

/** Of the process and the children that it has waited for: utime, stime, cutime and cstime of proc_pid_stat(5), in ticks of 10 ms. */
async function cpuMicroseconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return ticks * 10_000;
}
