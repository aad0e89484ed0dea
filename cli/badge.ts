import { badgeLink, feedLink, repositoryLink } from '../shared/links.ts';
import { type Command, exitCodes, jsonOption, usageError } from './command.ts';
import { openRepository, repositoryOption } from './repository-option.ts';

export const badgeCommand: Command = {
  name: 'badge',
  summary: 'print the Markdown of a picture that says how a branch stands',
  usage: 'badge [options]',
  description: [
    'Who may read the repository sees the picture, and everybody where its owner',
    'says so: yb settings --shown-to everybody. For the README of any other one,',
    '--new-key puts a key into its address: who has that sees badge and feed of its',
    'branches, and nothing else. It is shown this once; the one before ends.',
  ].join('\n'),
  examples: ['yb badge', 'yb badge --branch release', 'yb badge --new-key', 'yb badge --remove-key'],
  options: {
    repo: repositoryOption,
    branch: { type: 'string', value: 'BRANCH', summary: 'another than the default branch' },
    'new-key': { type: 'boolean', summary: 'for who may not read the repository' },
    'remove-key': { type: 'boolean', summary: 'for nobody else any more' },
    json: jsonOption,
  },
  run: async (context) => {
    const { args, io } = context;
    if (args.flag('new-key') && args.flag('remove-key')) {
      throw usageError('a key is made or removed, not both', 'yb badge --new-key');
    }
    const { server, fullName } = await openRepository(context, 'badge');
    if (args.flag('remove-key')) {
      await server.removeBadgeKey(fullName);
      io.stdout.write(`${fullName} has no key any more.\n`);
      return exitCodes.ok;
    }
    const { dashboard } = await server.info();
    const open = { badge: `${dashboard}${badgeLink(fullName)}`, feed: `${dashboard}${feedLink(fullName)}` };
    const { badge, feed } = args.flag('new-key') ? await server.makeBadgeKey(fullName) : open;
    const of = (address: string): string => withBranch(address, args.text('branch'));
    if (args.flag('json')) io.stdout.write(`${JSON.stringify({ badge: of(badge), feed: of(feed) })}\n`);
    else {
      io.stdout.write(`[![yb](${of(badge)})](${of(`${dashboard}${repositoryLink(fullName)}`)})\n`);
      io.stderr.write(`The same for readers of feeds: ${of(feed)}\n`);
    }
    return exitCodes.ok;
  },
};

function withBranch(address: string, branch: string | undefined): string {
  const url = new URL(address);
  if (branch !== undefined) url.searchParams.set('branch', branch);
  return url.href;
}
