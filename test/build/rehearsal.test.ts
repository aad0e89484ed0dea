import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { buildAll } from '../../build/build.ts';
import { dashboardVariables } from '../../functions/dashboard/settings.ts';
import { schedulerVariables } from '../../functions/scheduler/settings.ts';
import { watcherVariables } from '../../functions/watcher/settings.ts';
import { webhookVariables } from '../../functions/webhook/settings.ts';
import { environment, readSettings } from '../../shared/config.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const variables = {
  webhook: webhookVariables,
  scheduler: schedulerVariables,
  watcher: watcherVariables,
  dashboard: dashboardVariables,
};

describe('the rehearsal of a function', () => {
  it.each(Object.entries(variables))('has all settings that the %s wants', async (_name, wanted) => {
    const pretended = parseEnv(await readFile(join(root, 'build/function/rehearsal.env'), 'utf8'));

    expect(() => readSettings(wanted, pretended)).not.toThrow();
  });

  it('leaves compiled code beside the program, with nothing of this machine but the Node that runs it', async () => {
    const outDir = await mkdtemp(join(tmpdir(), 'yb-rehearsal-'));
    onTestFinished(async () => {
      await rm(outDir, { recursive: true, force: true });
    });
    const [built] = await buildAll({ root, outDir, only: ['webhook'] });
    const cwd = built?.folder ?? '';
    const path = `${dirname(process.execPath)}:${environment()['PATH'] ?? ''}`;

    await promisify(execFile)('npm', ['run', 'gcp-build'], { cwd, env: { PATH: path } });

    const [kept = ''] = await readdir(join(cwd, '.compiled'));
    expect((await readdir(join(cwd, '.compiled', kept))).length).toBeGreaterThan(1);
  });
});
