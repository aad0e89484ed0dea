import { readArguments } from './arguments.ts';
import { resolve } from 'node:path';
import { environment } from '../shared/config.ts';
import { findBuilds } from './builds.ts';
import { oneLine, untilStopped } from './terminal.ts';
import { describeEndpoints } from './described.ts';
import { startLocalSystem } from './system.ts';

const usage = `npm run local [-- --json] [-- --state DIR]

Starts the local system and tells its addresses; Ctrl-C ends it.

  --json        the addresses as one line of JSON, for programs
  --state DIR   keep everything in this folder, and go on from it at the next start`;

/** `npm run local [-- --json] [-- --state DIR]`: the local system, until it is stopped. */
async function main(): Promise<void> {
  const values = readArguments({ usage, options: { json: { type: 'boolean' }, state: { type: 'string' } } });
  if (values === null) return;
  const variables = environment();
  const builds = await findBuilds(variables);
  const stopped = untilStopped();
  const system = await startLocalSystem({
    builds,
    ...(values.state === undefined ? {} : { stateDir: resolve(variables['INIT_CWD'] ?? '.', values.state) }),
    progress: (message) => {
      if (values.json !== true) process.stderr.write(`${message} …\n`);
    },
  });
  try {
    if (values.json === true) process.stdout.write(`${JSON.stringify(system.endpoints)}\n`);
    else process.stdout.write(describeEndpoints(system.endpoints));
    await stopped;
  } finally {
    await system.stop();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${oneLine(error)}\n`);
  process.exitCode = 1;
}
