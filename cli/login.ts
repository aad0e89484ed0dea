import { type Command, type CommandContext, CommandError, exitCodes } from './command.ts';
import { signInByDevice } from './device-flow.ts';
import { createServer } from './server.ts';
import { createSignIns } from './sign-ins.ts';
import { requireServer } from './target.ts';

export const loginCommand: Command = {
  name: 'login',
  summary: 'sign in to a yb server with GitHub',
  usage: 'login',
  description: [
    'Shows a code to type on a page of GitHub, in any browser, and waits until you',
    'have. What GitHub gives yb for you is kept in a file of your own; it says who',
    'you are to this server, and can do nothing that you cannot.',
    '',
    'For programs: put a token of `yb login` into YB_TOKEN instead.',
  ].join('\n'),
  examples: ['yb login'],
  options: {},
  run: async (context) => {
    const { env, io } = context;
    const url = requireServer(env);
    const { signIn } = await createServer({ ...context, url, token: null }).info();
    const token = await signInByDevice({
      ...context,
      webUrl: signIn.url,
      clientId: signIn.clientId,
      ask: ({ userCode, verificationUrl }) => {
        io.stdout.write(`Open ${verificationUrl} and type this code:\n\n    ${userCode}\n\n`);
      },
    });
    const { login } = await createServer({ ...context, url, token }).person();
    const signIns = createSignIns(env.configFolder);
    await signIns.keep(url, { token, login });
    io.stdout.write(`Signed in to ${url} as ${login}.\n`);
    return exitCodes.ok;
  },
};

export const logoutCommand: Command = {
  name: 'logout',
  summary: 'forget the sign-in',
  usage: 'logout',
  examples: ['yb logout'],
  options: {},
  run: async ({ env, io }) => {
    const url = requireServer(env);
    const forgotten = await createSignIns(env.configFolder).forget(url);
    io.stdout.write(forgotten ? `Signed out of ${url}.\n` : `Nobody was signed in to ${url}.\n`);
    return exitCodes.ok;
  },
};

export const statusCommand: Command = {
  name: 'status',
  summary: 'tell who is signed in, and where',
  usage: 'status',
  examples: ['yb status'],
  options: {},
  run: async (context) => {
    const url = requireServer(context.env);
    const { token, name } = await requireToken(context, url);
    const { login } = await createServer({ ...context, url, token, tokenName: name }).person();
    context.io.stdout.write(`Signed in to ${url} as ${login}, by ${name}.\n`);
    return exitCodes.ok;
  },
};

/** With what the person asks the server, and what it is called in an error. @throws CommandError that says how to sign in */
export async function requireToken(
  { env }: Pick<CommandContext, 'env'>,
  server: string,
): Promise<{ readonly token: string; readonly name: string }> {
  if (env.token !== undefined) return { token: env.token, name: 'YB_TOKEN' };
  const signIns = createSignIns(env.configFolder);
  const known = await signIns.read(server);
  if (known !== null) return { token: known.token, name: 'yb login' };
  throw new CommandError('unauthenticated', {
    what: `you are not signed in to ${server}`,
    next: 'Type: yb login',
  });
}
