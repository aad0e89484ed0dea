import { readArguments } from './arguments.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../shared/clock.ts';
import { environment } from '../shared/config.ts';
import { findBuilds } from './builds.ts';
import { tellStory } from './demo-story.ts';
import { startLocalSystem } from './system.ts';
import { oneLine, untilStopped } from './terminal.ts';

const usage = `npm run demo [-- --exit]

Starts the whole system on this machine, makes a repository, sets it up with yb, pushes a commit that passes and one
that breaks a test, and shows where to look.

  --exit   end it when the story is told; the exit code is 0 only if all went as told`;

/**
 * `npm run demo [-- --exit]`: the whole path on this machine, told step by step. It leaves the system running for a person
 * to look at; with `--exit` it ends it, with exit code 0 only if everything went as described.
 */
async function main(): Promise<void> {
  const values = readArguments({ usage, options: { exit: { type: 'boolean' } } });
  if (values === null) return;
  const variables = environment();
  const builds = await findBuilds(variables);
  const stopped = untilStopped();
  const began = systemClock.now().getTime();
  const say = (line: string): void => {
    const seconds = ((systemClock.now().getTime() - began) / 1000).toFixed(0).padStart(4);
    process.stdout.write(line === '' ? '\n' : `${seconds} s  ${line}\n`);
  };
  const folder = await mkdtemp(join(tmpdir(), 'yb-demo-'));
  const system = await startLocalSystem({ builds, progress: say });
  try {
    const told = tellStory({
      say,
      clock: systemClock,
      endpoints: system.endpoints,
      folder,
      searchPath: variables['PATH'] ?? '',
    });
    const ended = await Promise.race([told, stopped.then(() => 'stopped' as const)]);
    if (ended === 'stopped') {
      told.catch(() => undefined);
      return;
    }
    if (values.exit === true) return;
    say(`The system goes on running; look around at ${system.endpoints.dashboard} (sign in as demo). Ctrl-C ends it.`);
    await stopped;
  } finally {
    await system.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${oneLine(error)}\n`);
  process.exitCode = 1;
}
