import { VariableName, SecretValue } from '../shared/repository/build-secrets.ts';
import { type Command, CommandError, exitCodes, jsonOption } from './command.ts';
import { openRepository, repositoryOption } from './repository-option.ts';
import { readSecret } from './secret-input.ts';

const options = { repo: repositoryOption };

export const secretSetCommand: Command = {
  name: 'secret set',
  summary: "set one of the repository's own secrets",
  usage: 'secret set NAME [options]',
  description: [
    'Tests of the repository itself, never those of a fork, get it as an',
    'environment variable; in logs it is masked. The value is read from the',
    'standard input, or typed unseen on a terminal. A new value runs the tests',
    'again: it is part of what their results depend on.',
  ].join('\n'),
  examples: ['yb secret set API_TOKEN < token.txt', 'yb secret set API_TOKEN --repo me/myproject'],
  operands: ['NAME'],
  options,
  run: async (context) => {
    const name = checkedName(context.args.operands[0] ?? '');
    const { server, fullName } = await openRepository(context, `secret set ${name}`);
    const value = await readSecret(context.io, { prompt: `Value of ${name}: `, signal: context.signal });
    const checked = SecretValue.safeParse(value);
    if (!checked.success) {
      throw new CommandError('bad-request', {
        what: `the value of ${name} ${checked.error.issues[0]?.message ?? 'is not good'}`,
        next: `Type: yb secret set ${name} < FILE`,
      });
    }
    await server.setSecret(fullName, name, value);
    context.io.stdout.write(`${name} is set for ${fullName}.\n`);
    return exitCodes.ok;
  },
};

export const secretListCommand: Command = {
  name: 'secret list',
  summary: "list the repository's own secrets, without their values",
  usage: 'secret list [options]',
  examples: ['yb secret list --repo me/myproject'],
  options: { ...options, json: jsonOption },
  run: async (context) => {
    const { server, fullName } = await openRepository(context, 'secret list');
    const list = await server.secrets(fullName);
    if (context.args.flag('json')) context.io.stdout.write(`${JSON.stringify(list)}\n`);
    else if (list.secrets.length === 0) {
      context.io.stdout.write(`${fullName} has no secrets. To set one: yb secret set NAME\n`);
    } else {
      const width = Math.max(...list.secrets.map(({ name }) => name.length));
      for (const { name, updatedAt, updatedBy } of list.secrets) {
        context.io.stdout.write(`${name.padEnd(width)}  ${updatedAt.slice(0, 10)}  ${updatedBy}\n`);
      }
    }
    return exitCodes.ok;
  },
};

export const secretRemoveCommand: Command = {
  name: 'secret rm',
  summary: "remove one of the repository's own secrets",
  usage: 'secret rm NAME [options]',
  examples: ['yb secret rm API_TOKEN'],
  operands: ['NAME'],
  options,
  run: async (context) => {
    const name = checkedName(context.args.operands[0] ?? '');
    const { server, fullName } = await openRepository(context, `secret rm ${name}`);
    await server.removeSecret(fullName, name);
    context.io.stdout.write(`${name} is removed from ${fullName}.\n`);
    return exitCodes.ok;
  },
};

function checkedName(name: string): string {
  const checked = VariableName.safeParse(name);
  if (checked.success) return name;
  throw new CommandError(
    'bad-request',
    {
      what: `${JSON.stringify(name)} ${checked.error.issues[0]?.message ?? 'is no name of a secret'}`,
      next: 'Type: yb secret set --help',
    },
    { exitCode: exitCodes.usage },
  );
}
