import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { environment } from '../../../shared/config.ts';
import { runId, type Setting } from './courier-rig.ts';

const program = fileURLToPath(new URL('../../../runner/courier.ts', import.meta.url));

/** The program as a container runs it. */
export function startProgram(
  setting: Setting,
  secrets: string[] | null = [],
): { child: ChildProcess; ended: Promise<number | null> } {
  const folder = join(setting.run, '..', 'secrets');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'upload.json'), JSON.stringify(setting.grant));
  if (secrets !== null) writeFileSync(join(folder, 'mask.json'), JSON.stringify({ v: 1, values: secrets }));
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: environment()['PATH'],
      YB_SPEC: JSON.stringify({ v: 1, runId, attempt: 1, epoch: 7, maxLogBytes: 1_000_000_000, graceSeconds: 30 }),
      YB_RUN_DIR: setting.run,
      YB_SECRET_DIR: folder,
      YB_STATE_DIR: setting.state,
    },
    stdio: 'ignore',
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended };
}
