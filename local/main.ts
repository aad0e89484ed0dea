import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { environment } from '../shared/config.ts';
import { findBuilds } from './builds.ts';
import { oneLine, untilStopped } from './terminal.ts';
import { startLocalSystem } from './system.ts';

/** `npm run local [-- --json] [-- --state DIR]`: the local system, until it is stopped. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, state: { type: 'string' } } });
  const variables = environment();
  const builds = await findBuilds(variables);
  const stopped = untilStopped();
  const system = await startLocalSystem({
    builds,
    ...(values.state === undefined ? {} : { stateDir: resolve(variables['INIT_CWD'] ?? '.', values.state) }),
    progress: (message) => {
      if (!values.json) process.stderr.write(`${message} …\n`);
    },
  });
  try {
    if (values.json) process.stdout.write(`${JSON.stringify(system.endpoints)}\n`);
    else
      for (const [name, value] of Object.entries(system.endpoints))
        process.stdout.write(`${name.padEnd(11)} ${value}\n`);
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
