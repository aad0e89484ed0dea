import { type Command, exitCodes, jsonOption } from './command.ts';
import { openRepository, repositoryOption } from './repository-option.ts';
import { oneLine } from './text.ts';

export const auditCommand: Command = {
  name: 'audit',
  summary: 'show who changed what of the repository',
  usage: 'audit [options]',
  description: [
    'The last hundred changes, the newest first: when, who, what, with what result,',
    'through which sign-in and from where. Older ones are in the API.',
  ].join('\n'),
  examples: ['yb audit --repo me/myproject'],
  options: { repo: repositoryOption, json: jsonOption },
  run: async (context) => {
    const { server, fullName } = await openRepository(context, 'audit');
    const list = await server.audit(fullName);
    if (context.args.flag('json')) {
      context.io.stdout.write(`${JSON.stringify(list)}\n`);
      return exitCodes.ok;
    }
    if (list.entries.length === 0) context.io.stdout.write(`Nobody has changed anything of ${fullName}.\n`);
    for (const { at, by, deed, about, result, through, from } of list.entries) {
      const what = about === null ? deed : `${deed} ${about}`;
      const where = from === null ? '' : ` from ${from}`;
      const parts = [
        `${at.slice(0, 19)}Z`,
        by.login,
        what,
        result ?? 'not known',
        `${through.kind} ${through.hash}${where}`,
      ];
      context.io.stdout.write(`${parts.map(oneLine).join('  ')}\n`);
    }
    return exitCodes.ok;
  },
};
