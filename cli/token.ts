import { TokenBody } from '../shared/api/self-schemas.ts';
import { type Command, CommandError, exitCodes, jsonOption, usageError } from './command.ts';
import { openServer } from './login.ts';
import { oneLine } from './text.ts';

export const tokenMakeCommand: Command = {
  name: 'token make',
  summary: 'make a token for a program that asks the server',
  usage: 'token make NAME [options]',
  description: [
    'It acts with your right at GitHub, and never with more than it is made with:',
    '  read   see runs and logs',
    '  run    start and cancel them too',
    '  admin  all that you may, but for making tokens',
    'The token is written to the standard output, alone, and never again. The',
    'program that it is for takes it from YB_TOKEN.',
  ].join('\n'),
  examples: ['yb token make nightly --scope run --repo me/myproject --days 30'],
  operands: ['NAME'],
  options: {
    scope: { type: 'string', value: 'SCOPE', summary: 'read, run or admin; read if left out' },
    repo: { type: 'string', value: 'OWNER/NAME', summary: 'for these alone, with commas between; for all if left out' },
    days: { type: 'string', value: 'DAYS', summary: 'until it ends, 365 at most; 90 if left out' },
  },
  run: async (context) => {
    const { args, io } = context;
    const repositories = args.text('repo')?.split(',');
    const body = TokenBody.safeParse({
      name: args.operands[0],
      scope: args.text('scope') ?? 'read',
      ...(repositories === undefined ? {} : { repositories }),
      ...(args.text('days') === undefined ? {} : { days: args.text('days') }),
    });
    if (!body.success) {
      const [issue] = body.error.issues;
      throw usageError(`${issue?.path.join('.') ?? 'it'}: ${issue?.message ?? 'not good'}`, 'yb token make --help');
    }
    const { token, name, expiresAt } = await (await openServer(context)).server.makeToken(body.data);
    io.stderr.write(`The token ${oneLine(name)}, good until ${expiresAt.slice(0, 10)}. Nobody can show it again:\n`);
    io.stdout.write(`${token}\n`);
    return exitCodes.ok;
  },
};

export const tokenListCommand: Command = {
  name: 'token list',
  summary: 'list your tokens, without showing them',
  usage: 'token list [options]',
  examples: ['yb token list'],
  options: { json: jsonOption },
  run: async (context) => {
    const list = await (await openServer(context)).server.tokens();
    if (context.args.flag('json')) context.io.stdout.write(`${JSON.stringify(list)}\n`);
    else if (list.tokens.length === 0) context.io.stdout.write('You have no tokens. To make one: yb token make NAME\n');
    else {
      for (const { id, name, scope, repositories, lastUsedAt, expiresAt } of list.tokens) {
        const parts = [
          id,
          scope.padEnd(5),
          `used ${lastUsedAt?.slice(0, 10) ?? 'never'}`,
          `ends ${expiresAt.slice(0, 10)}`,
          name,
          ...(repositories === null ? [] : [repositories.join(',')]),
        ];
        context.io.stdout.write(`${parts.map(oneLine).join('  ')}\n`);
      }
    }
    return exitCodes.ok;
  },
};

export const tokenRevokeCommand: Command = {
  name: 'token revoke',
  summary: 'end one of your tokens at once',
  usage: 'token revoke ID',
  description: 'The first column of `yb token list` is the ID.',
  examples: ['yb token revoke 3f9a0c41d2b87e65'],
  operands: ['ID'],
  options: {},
  run: async (context) => {
    const id = context.args.operands[0] ?? '';
    if (!/^[0-9a-f]{16}$/.test(id)) {
      throw new CommandError(
        'bad-request',
        { what: `${JSON.stringify(id)} is no ID of a token`, next: 'Type: yb token list' },
        { exitCode: exitCodes.usage },
      );
    }
    await (await openServer(context)).server.revokeToken(id);
    context.io.stdout.write(`${id} is revoked.\n`);
    return exitCodes.ok;
  },
};
