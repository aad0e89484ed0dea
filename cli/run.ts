import { newClick } from '../shared/run/identity.ts';
import type { RunView } from '../shared/api/schemas.ts';
import { type Command, type CommandContext, exitCodes, jsonOption, usageError } from './command.ts';
import { createProgress, endWords, followRun } from './follow.ts';
import { repositoryOption, openRepository } from './repository-option.ts';
import { checkedOut, openRun, runOperand, runOperandHelp } from './run-option.ts';
import { commitWords, exitCodeOf } from './run-words.ts';
import type { Server } from './server.ts';

/** About half a minute. */
const looksForPush = 15;

const wait = { type: 'boolean', summary: 'wait for its end; the exit code says how it ended' } as const;

const noCache = { type: 'boolean', summary: 'execute all tests, whatever a cache has' } as const;

const exitCodeHelp = [
  'The exit code of a run that was waited for: 0 passed (no tests, skipped),',
  '3 failed, 4 broken, 5 timed out, 6 cancelled or superseded, 7 infrastructure.',
].join('\n');

export const runCommand: Command = {
  name: 'run',
  summary: 'start a run of the newest commit of a branch',
  usage: 'run [BRANCH] [options]',
  description: ['Without BRANCH, the branch that is checked out in this folder is meant.', exitCodeHelp].join('\n\n'),
  examples: ['yb run', 'yb run main --wait'],
  optional: 'BRANCH',
  options: { repo: repositoryOption, wait, 'no-cache': noCache, json: jsonOption },
  run: async (context) => {
    const { server, fullName } = await openRepository(context, 'run');
    const [named] = context.args.operands;
    const ref = named ?? (await checkedOut(context)).branch;
    if (ref === null) throw usageError('no branch is checked out in this folder', 'yb run BRANCH');
    const asked = { ref, click: newClick(context.random), cache: !context.args.flag('no-cache') };
    return await begun(context, server, await server.start(fullName, asked));
  },
};

export const rerunCommand: Command = {
  name: 'rerun',
  summary: 'run the same commit again',
  usage: 'rerun [RUN] [options]',
  description: [runOperandHelp, exitCodeHelp].join('\n\n'),
  examples: ['yb rerun --wait', 'yb rerun --no-cache'],
  optional: runOperand,
  options: { repo: repositoryOption, wait, 'no-cache': noCache, json: jsonOption },
  run: async (context) => {
    const { server, id } = await openRun(context, 'rerun');
    const how = { click: newClick(context.random), cache: !context.args.flag('no-cache') };
    return await begun(context, server, await server.rerun(id, how));
  },
};

export const watchCommand: Command = {
  name: 'watch',
  summary: 'follow a run to its end',
  usage: 'watch [RUN] [options]',
  description: [runOperandHelp, exitCodeHelp].join('\n\n'),
  examples: ['yb watch', 'git push && yb watch'],
  optional: runOperand,
  options: { repo: repositoryOption, json: jsonOption },
  run: async (context) => {
    const { server, id } = await openRun(context, 'watch', looksForPush);
    return await watched(context, server, id);
  },
};

async function begun(context: CommandContext, server: Server, run: RunView): Promise<number> {
  const { args, io } = context;
  const isJson = args.flag('json');
  if (args.flag('wait')) {
    if (!isJson) io.stdout.write(`${commitWords(run)}\n`);
    return await watched(context, server, run.id);
  }
  io.stdout.write(isJson ? `${JSON.stringify(run)}\n` : `${commitWords(run)}\n${run.url}\n`);
  return exitCodes.ok;
}

async function watched(context: CommandContext, server: Server, id: string): Promise<number> {
  const { args, io } = context;
  if (args.flag('json')) {
    const ended = await followRun(context, server, id, {});
    io.stdout.write(`${JSON.stringify(await server.run(id))}\n`);
    return exitCodeOf(ended);
  }
  const progress = createProgress(context);
  const ended = await followRun(context, server, id, progress).finally(() => {
    progress.end();
  });
  io.stdout.write(endWords(ended, io.color));
  return exitCodeOf(ended);
}
