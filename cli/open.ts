import { spawn } from 'node:child_process';
import { type Command, type CommandContext, exitCodes } from './command.ts';
import { repositoryOption } from './repository-option.ts';
import { openRun, runOperand, runOperandHelp } from './run-option.ts';

export const openCommand: Command = {
  name: 'open',
  summary: 'open the page of a run in the browser',
  usage: 'open [RUN] [options]',
  description: [runOperandHelp, 'Where nobody sits at the terminal, its address is printed.'].join('\n\n'),
  examples: ['yb open'],
  optional: runOperand,
  options: { repo: repositoryOption },
  run: async (context) => {
    const { server, id } = await openRun(context, 'open');
    const { url } = await server.run(id);
    context.io.stdout.write(`${url}\n`);
    if (context.io.isTTY) await show(context, url);
    return exitCodes.ok;
  },
};

/** With the program that the system has for it; where there is none, the address stands there. */
async function show({ environment }: CommandContext, url: string): Promise<void> {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(program, [url], { env: environment, stdio: 'ignore', detached: true });
  await new Promise<void>((resolve) => {
    child.once('error', () => {
      resolve();
    });
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
