import { type CommandContext, CommandError, usageError } from './command.ts';
import { createGit } from './git.ts';
import { openServer } from './login.ts';
import { openRepository } from './repository-option.ts';
import type { Server } from './server.ts';

/** What commands about one run take, and say of it. */
export const runOperand = 'RUN';
export const runOperandHelp = [
  'RUN is the id of a run or the address of its page. Without it, the newest run',
  'of the commit that is checked out in this folder is meant.',
].join('\n');

const idPattern = /^[a-z0-9]{26}$/;
const mostRuns = 100;
const lookMilliseconds = 2_000;

/** The run that a command is about. @throws CommandError that says what to type */
export async function openRun(
  context: CommandContext,
  command: string,
  /** So often it is looked again for the run of a commit: it may have been pushed a moment ago. */
  mostLooks = 1,
): Promise<{ readonly server: Server; readonly id: string }> {
  const [named] = context.args.operands;
  if (named !== undefined) {
    const id = idPattern.test(named) ? named : /\/runs\/([a-z0-9]{26})(?:[/?#]|$)/.exec(named)?.[1];
    if (id === undefined)
      throw usageError(
        `${JSON.stringify(named)} is no run`,
        `yb runs`,
        'It is named by its id, 26 letters and digits, or the address of its page.',
      );
    return { server: (await openServer(context)).server, id };
  }
  const { server, fullName } = await openRepository(context, command);
  const { sha, branch } = await checkedOut(context);
  for (let looks = 1; looks <= mostLooks; looks += 1) {
    if (looks > 1) await context.clock.sleep(lookMilliseconds, context.signal);
    const { runs } = await server.runs(fullName, { limit: mostRuns, ...(branch === null ? {} : { branch }) });
    const found = runs.find((run) => run.sha === sha);
    if (found !== undefined) return { server, id: found.id };
  }
  throw new CommandError('not-found', {
    what: `${fullName} has no run of the commit ${sha.slice(0, 7)}${branch === null ? '' : ` of ${branch}`}`,
    why: 'It may not be pushed yet.',
    next: 'Type: yb runs',
  });
}

/** What is checked out in the folder: the commit, and its branch if there is one. */
export async function checkedOut(
  context: CommandContext,
): Promise<{ readonly sha: string; readonly branch: string | null }> {
  const git = createGit({ environment: context.environment, signal: context.signal });
  const [head, branch] = await Promise.all([
    git.run(['rev-parse', 'HEAD'], { cwd: context.cwd }),
    git.run(['symbolic-ref', '--quiet', '--short', 'HEAD'], { cwd: context.cwd }),
  ]);
  if (head.code !== 0) {
    throw new CommandError('bad-request', {
      what: 'this folder is no clone with a commit',
      next: 'Type: yb runs --repo OWNER/NAME',
    });
  }
  return { sha: head.stdout.trim(), branch: branch.code === 0 ? branch.stdout.trim() : null };
}
