import type { RunDetails, TargetView } from '../shared/api/schemas.ts';
import { isFailure } from '../shared/bazel/test-status.ts';
import { type Command, CommandError, type CommandContext, exitCodes, usageError } from './command.ts';
import { followRun } from './follow.ts';
import { repositoryOption } from './repository-option.ts';
import { openRun, runOperand, runOperandHelp } from './run-option.ts';
import type { Server } from './server.ts';
import { oneLine } from './text.ts';

export const logsCommand: Command = {
  name: 'logs',
  summary: 'print the log of a run, or of its tests that failed',
  usage: 'logs [RUN] [options]',
  description: runOperandHelp,
  examples: ['yb logs', 'yb logs -f', 'yb logs --failed', 'yb logs --test //greet:greet_test'],
  optional: runOperand,
  options: {
    repo: repositoryOption,
    follow: { type: 'boolean', short: 'f', summary: 'go on until the run has ended' },
    failed: { type: 'boolean', summary: 'what the tests that failed printed' },
    test: { type: 'string', value: 'LABEL', summary: 'what this test printed' },
  },
  run: async (context) => {
    const { args } = context;
    const ways = [args.flag('follow'), args.flag('failed'), args.text('test') !== undefined];
    if (ways.filter(Boolean).length > 1)
      throw usageError('--follow, --failed and --test do not go together', 'yb logs --help');
    const { server, id } = await openRun(context, 'logs');
    const label = args.text('test');
    if (label !== undefined) await printTest(context, server, await server.run(id), label);
    else if (args.flag('failed')) await printFailed(context, server, await server.run(id));
    else if (args.flag('follow')) await follow(context, server, id);
    else await print(context, await server.log(id));
    return exitCodes.ok;
  },
};

async function follow(context: CommandContext, server: Server, id: string): Promise<void> {
  const { io } = context;
  await followRun(context, server, id, {
    log(text, lost) {
      if (lost) io.stderr.write('yb: a part of the log is not shown here\n');
      io.stdout.write(text);
    },
    trouble: (words) => io.stderr.write(`yb: ${words}\n`),
  });
}

/** @returns whether the last line has its end */
async function print({ io }: CommandContext, log: AsyncIterable<Uint8Array>): Promise<boolean> {
  const newline = 0x0a;
  let last = newline;
  for await (const part of log) {
    io.stdout.write(part);
    last = part.at(-1) ?? last;
    if (io.stdout.destroyed === true) break;
  }
  return last === newline;
}

async function printFailed(context: CommandContext, server: Server, run: RunDetails): Promise<void> {
  const { io } = context;
  const failed = run.targets.filter(({ status }) => isFailure(status));
  if (failed.length === 0)
    io.stderr.write(`yb: no test of the run failed${run.state === 'finished' ? '' : ' so far'}\n`);
  for (const target of failed) {
    if (io.stdout.destroyed === true) return;
    io.stdout.write(`==> ${oneLine(target.label)} (${target.status}) <==\n`);
    if (target.log === null) io.stdout.write(`Nothing of it is kept; type: yb logs ${run.id}\n`);
    else if (!(await print(context, await server.testLog(target.log)))) io.stdout.write('\n');
  }
}

async function printTest(context: CommandContext, server: Server, run: RunDetails, label: string): Promise<void> {
  const target = run.targets.find((one) => one.label === label);
  if (target === undefined) {
    throw new CommandError('not-found', {
      what: `the run has no test ${JSON.stringify(label)}`,
      why: run.state === 'finished' ? 'Labels are those of Bazel: //package:name.' : 'It may not have begun yet.',
      next: `Type: yb view ${run.id}`,
    });
  }
  await print(context, await logOf(server, run, target));
}

async function logOf(server: Server, run: RunDetails, target: TargetView): Promise<AsyncIterable<Uint8Array>> {
  if (target.log !== null) return await server.testLog(target.log);
  throw new CommandError('not-found', {
    what: `what ${target.label} printed is not kept (${target.status})`,
    why: 'It is kept of tests that failed.',
    next: `Type: yb logs ${run.id}`,
  });
}
