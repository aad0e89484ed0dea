import { hostname } from 'node:os';
import { errorCode } from '../shared/errors.ts';
import { accountLink } from '../shared/links.ts';
import { type Command, type CommandContext, CommandError, exitCodes } from './command.ts';
import { signInByDevice } from './device-flow.ts';
import { createServer, type Server } from './server.ts';
import { createSignIns } from './sign-ins.ts';
import { requireServer } from './target.ts';

const longestName = 100;

export const loginCommand: Command = {
  name: 'login',
  summary: 'sign in to a yb server with GitHub',
  usage: 'login',
  description: [
    'Shows a code to type on a page of GitHub, in any browser, and waits until you',
    'have. The server then gives yb a token of its own for you, which is kept in a',
    'file that only you can read. It can do nothing that you cannot, and your page',
    'on the server lists it.',
    '',
    'For programs: make one with `yb token make`, and put it into YB_TOKEN.',
  ].join('\n'),
  examples: ['yb login'],
  options: {},
  run: async (context) => {
    const { env, io } = context;
    const url = requireServer(env);
    const { signIn } = await createServer({ ...context, url, token: null }).info();
    const { token: given, ...more } = await signInByDevice({
      ...context,
      webUrl: signIn.url,
      clientId: signIn.clientId,
      ask: ({ userCode, verificationUrl }) => {
        io.stdout.write(`Open ${verificationUrl} and type this code:\n\n    ${userCode}\n\n`);
      },
    });
    const name = `yb login on ${hostname()}`.slice(0, longestName);
    const { token } = await createServer({ ...context, url, token: given }).login({ name, ...more });
    const { login } = await createServer({ ...context, url, token }).person();
    const signIns = createSignIns(env.configFolder);
    await signIns.keep(url, { token, login });
    io.stdout.write(`Signed in to ${url} as ${login}.\n`);
    return exitCodes.ok;
  },
};

export const logoutCommand: Command = {
  name: 'logout',
  summary: 'end the sign-in, here and on the server',
  usage: 'logout',
  examples: ['yb logout'],
  options: {},
  run: async (context) => {
    const { env, io } = context;
    const url = requireServer(env);
    const signIns = createSignIns(env.configFolder);
    const known = await signIns.read(url);
    if (known === null) {
      io.stdout.write(`Nobody was signed in to ${url}.\n`);
      return exitCodes.ok;
    }
    const revoked = await revokedAtServer(context, url, known.token);
    await signIns.forget(url);
    io.stdout.write(`Signed out of ${url}.\n`);
    if (revoked) return exitCodes.ok;
    throw new CommandError('store-unavailable', {
      what: `the server did not hear of it: its token is forgotten here, and good there until it ends`,
      next: `Revoke it on ${url}${accountLink}`,
    });
  },
};

export const statusCommand: Command = {
  name: 'status',
  summary: 'tell who is signed in, and where',
  usage: 'status',
  examples: ['yb status'],
  options: {},
  run: async (context) => {
    const { server, url, tokenName } = await openServer(context);
    const { login } = await server.person();
    context.io.stdout.write(`Signed in to ${url} as ${login}, by ${tokenName}.\n`);
    return exitCodes.ok;
  },
};

/** Whether the server has no such token any more. */
async function revokedAtServer(context: CommandContext, url: string, token: string): Promise<boolean> {
  try {
    await createServer({ ...context, url, token }).revokeToken('current');
    return true;
  } catch (error) {
    context.signal.throwIfAborted();
    // It had ended before.
    if (errorCode(error) === 'unauthenticated') return true;
    if (error instanceof CommandError) return false;
    throw error;
  }
}

/** The server, as whoever is signed in. @throws CommandError that says how to sign in */
export async function openServer(
  context: CommandContext,
): Promise<{ readonly server: Server; readonly url: string; readonly tokenName: string }> {
  const url = requireServer(context.env);
  const { token, name } = await requireToken(context, url);
  return { server: createServer({ ...context, url, token, tokenName: name }), url, tokenName: name };
}

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
