#!/usr/bin/env node
import { systemClock, systemRandom } from '../shared/clock.ts';
import { environment } from '../shared/config.ts';
import { commands } from './commands.ts';
import { runCommandLine } from './main.ts';

// The first interrupt lets the command end in an orderly way; the second one is Node's own and ends the process at once.
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted.abort();
  });
}

// Whoever reads may have had enough, as in `yb explain … | head`: what else is written goes nowhere then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runCommandLine(
  {
    argv: process.argv.slice(2),
    environment: environment(),
    cwd: process.cwd(),
    io: {
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      isTTY: process.stdin.isTTY,
      stdoutIsTTY: process.stdout.isTTY,
    },
    clock: systemClock,
    random: systemRandom,
    fetch: globalThis.fetch,
    signal: interrupted.signal,
  },
  commands,
);
