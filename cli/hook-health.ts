import type { HookView } from '../shared/api/schemas.ts';
import { type HookHealth, hookLines } from '../shared/repository/hook-health.ts';
import { ago } from '../shared/time-words.ts';
import { type Command, type CommandContext, CommandError, exitCodes, jsonOption } from './command.ts';
import { openRepository, repositoryOption } from './repository-option.ts';
import type { Server } from './server.ts';
import { oneLine } from './text.ts';

export const hookCommand: Command = {
  name: 'hook',
  summary: "say whether GitHub's calls come in, and which one last did not",
  usage: 'hook [options]',
  description: [
    'Deliveries that failed are made again by themselves; with --redeliver within',
    'a minute, which is waited for. A hook that is wrong is mended by',
    'yb setup-repo, and gets a new secret by its --rotate-secret.',
  ].join('\n'),
  examples: ['yb hook', 'yb hook --redeliver', 'yb hook --repo me/project --json'],
  options: {
    repo: repositoryOption,
    redeliver: { type: 'boolean', summary: 'ask GitHub to make again what failed' },
    json: jsonOption,
  },
  run: async (context) => {
    const { args, io, clock } = context;
    const { server, fullName } = await openRepository(context, 'hook');
    const { hook: known } = await server.repository(fullName);
    if (known === null) {
      throw new CommandError('not-found', {
        what: `${fullName} has no hook that you may see`,
        why: 'Only its administrators see it.',
        next: `Type: yb setup-repo ${fullName}`,
      });
    }
    const hook = args.flag('redeliver') ? await redelivered(context, server, fullName) : known;
    if (args.flag('json')) io.stdout.write(`${JSON.stringify(hook)}\n`);
    else {
      const now = clock.now();
      const lines = hookLines(healthOf(hook), now).map(({ what, at, words }) => {
        const said = [...(at === null ? [] : [ago(at, now)]), ...(words === '' ? [] : [oneLine(words)])];
        return `${what.padEnd(18)}${said.join(': ')}\n`;
      });
      io.stdout.write(lines.join(''));
    }
    return exitCodes.ok;
  },
};

const pauseMilliseconds = 2_000;
/** A tick comes each minute, and looks at a few hooks. */
const longestMilliseconds = 180_000;

/** Has GitHub be asked, and waits until it was. @throws CommandError if nobody asks it */
async function redelivered(
  { clock, signal }: CommandContext,
  server: Pick<Server, 'redeliver' | 'repository'>,
  fullName: string,
): Promise<HookView> {
  const before = (await server.redeliver(fullName)).hook?.checkedAt ?? null;
  for (let waited = 0; waited < longestMilliseconds; waited += pauseMilliseconds) {
    const { hook } = await server.repository(fullName);
    if (hook !== null && hook.checkedAt !== before) return hook;
    await clock.sleep(pauseMilliseconds, signal);
  }
  throw new CommandError('store-unavailable', {
    what: 'GitHub has not been asked yet',
    why: 'The server does that once a minute, and has many to ask for.',
    next: 'Look again in a while: yb hook',
  });
}

function healthOf(hook: HookView): HookHealth {
  const time = (said: string | null): Date | null => (said === null ? null : new Date(said));
  const { lastFailure } = hook;
  return {
    secretAt: time(hook.secretAt),
    lastPingAt: time(hook.lastPingAt),
    lastDeliveryAt: time(hook.lastDeliveryAt),
    lastFailure: lastFailure === null ? null : { ...lastFailure, at: new Date(lastFailure.at) },
    checkedAt: time(hook.checkedAt),
    redelivered: hook.redelivered,
    nextCheckAt: time(hook.nextCheckAt),
    problem: hook.problem,
  };
}
