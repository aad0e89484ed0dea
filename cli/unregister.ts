import { type Command, type CommandContext, exitCodes } from './command.ts';
import { createDialogue, type Dialogue } from './dialogue.ts';
import { createGitHub, type GitHub, type Hook } from './github.ts';
import { inspectHooks } from './hook.ts';
import { openRepository, repositoryOption } from './repository-option.ts';
import type { RegisteredRepository, Server } from './server.ts';
import { requireGitHubToken } from './target.ts';

export const unregisterCommand: Command = {
  name: 'unregister',
  summary: 'take a repository out of yb again',
  usage: 'unregister [options]',
  description: [
    "Undoes setup-repo: the hook at GitHub, the repository's secrets, by what yb",
    'reaches it, and its volumes with everything on them. Runs that go on are',
    'cancelled. Shows what goes, and asks. What was run stays to be seen for as long',
    'as runs are kept, and your files stay as they are.',
    '',
    'GITHUB_TOKEN is to be the token of an administrator of the repository, as for',
    'setup-repo.',
  ].join('\n'),
  examples: ['yb unregister --repo me/myproject'],
  options: { repo: repositoryOption, yes: { type: 'boolean', short: 'y', summary: 'answer the question by Y' } },
  run: async (context) => {
    const dialogue = createDialogue({ io: context.io, signal: context.signal, yes: context.args.flag('yes') });
    try {
      await takeOut(context, dialogue);
      return exitCodes.ok;
    } finally {
      dialogue.close();
    }
  },
};

async function takeOut(context: CommandContext, dialogue: Dialogue): Promise<void> {
  const { env } = context;
  const token = requireGitHubToken(env);
  const { server, fullName } = await openRepository(context, 'unregister');
  const github = createGitHub({ ...context, apiUrl: env.githubApiUrl, token, tokenName: 'GITHUB_TOKEN' });
  const registered = await server.repository(fullName);
  const hooks = await hooksOfOurs(github, server, registered);
  if (!registered.registered && hooks.length === 0) {
    dialogue.say(`${fullName} is not set up here: nothing was changed.`);
    return;
  }
  dialogue.say('This goes, and cannot be brought back:', ...(await goingOf(server, registered, hooks)));
  if (!(await dialogue.confirm(`Would you like to take ${registered.fullName} out?`))) {
    dialogue.say('Nothing was changed.');
    return;
  }
  // The hook first: a push that comes meanwhile is told to nobody, in place of being refused.
  for (const { id } of hooks) await github.deleteHook(registered.fullName, id);
  if (registered.registered) await server.unregister(registered.fullName);
  dialogue.say(`${registered.fullName} is taken out.`, `To set it up again: yb setup-repo ${registered.fullName}`);
}

/** The hooks of the repository that lead to this server. @throws CommandError for who has no right on them */
async function hooksOfOurs(github: GitHub, server: Server, registered: RegisteredRepository): Promise<readonly Hook[]> {
  const { webhook } = await server.info();
  const { hook, extra } = inspectHooks({ hooks: await github.hooks(registered.fullName), webhook, registered });
  return hook === null ? [] : [hook, ...extra];
}

async function goingOf(
  server: Server,
  { fullName, registered, credential, volumes }: RegisteredRepository,
  hooks: readonly Hook[],
): Promise<string[]> {
  const hooksLine = count(hooks.length, 'hook at GitHub', 'hooks at GitHub');
  if (!registered) return hooksLine;
  const { secrets } = await server.secrets(fullName);
  return [
    ...hooksLine,
    ...count(secrets.length, 'secret', 'secrets'),
    ...(credential?.kind === 'token' ? ['the token that yb keeps'] : []),
    ...count(volumes.length, 'volume', 'volumes'),
  ];
}

function count(number: number, one: string, more: string): string[] {
  return number === 0 ? [] : [`${number} ${number === 1 ? one : more}`];
}
