import { type CommandContext, type CommandOption, CommandError, usageError } from './command.ts';
import { createGit } from './git.ts';
import { parseRepositoryUrl } from './repository-url.ts';
import type { Server } from './server.ts';
import { openServer } from './login.ts';

/** The option of commands that are about one repository. */
export const repositoryOption: CommandOption = {
  type: 'string',
  value: 'OWNER/NAME',
  summary: "the repository; else that of this folder's remote origin",
};

/** The server, and the full name of the repository that a command is about. @throws CommandError that says what to type */
export async function openRepository(
  context: CommandContext,
  command: string,
): Promise<{ readonly server: Server; readonly fullName: string }> {
  const { server } = await openServer(context);
  return { server, fullName: await nameOf(context, command) };
}

async function nameOf(context: CommandContext, command: string): Promise<string> {
  const named = context.args.text('repo');
  if (named !== undefined) {
    if (/^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/.test(named)) return named;
    throw usageError(`${JSON.stringify(named)} is not OWNER/NAME`, `yb ${command} --repo OWNER/NAME`);
  }
  const git = createGit({ environment: context.environment, signal: context.signal });
  const remote = await git.run(['remote', 'get-url', 'origin'], { cwd: context.cwd });
  if (remote.code !== 0) {
    throw new CommandError('bad-request', {
      what: 'this folder is no clone of a repository with a remote origin',
      next: `Type: yb ${command} --repo OWNER/NAME`,
    });
  }
  const { owner, name } = parseRepositoryUrl(withoutSecret(remote.stdout.trim()));
  return `${owner}/${name}`;
}

/** Some clones were made with a token in the address: it is nothing that we need, or show. */
function withoutSecret(remote: string): string {
  return remote.replace(/^(https?:\/\/)[^@/]*@/i, '$1');
}
