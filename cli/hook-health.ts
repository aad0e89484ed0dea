import type { HookView } from '../shared/api/schemas.ts';
import { type HookHealth, hookLines } from '../shared/repository/hook-health.ts';
import { ago } from '../shared/time-words.ts';
import { type Command, CommandError, exitCodes, jsonOption } from './command.ts';
import { openRepository, repositoryOption } from './repository-option.ts';
import { oneLine } from './text.ts';

export const hookCommand: Command = {
  name: 'hook',
  summary: "say whether GitHub's calls come in, and which one last did not",
  usage: 'hook [options]',
  description: [
    'Deliveries that failed are made again by themselves. A hook that is wrong is',
    'mended by yb setup-repo, and gets a new secret by its --rotate-secret.',
  ].join('\n'),
  examples: ['yb hook', 'yb hook --repo me/project --json'],
  options: { repo: repositoryOption, json: jsonOption },
  run: async (context) => {
    const { args, io, clock } = context;
    const { server, fullName } = await openRepository(context, 'hook');
    const { hook } = await server.repository(fullName);
    if (hook === null) {
      throw new CommandError('not-found', {
        what: `${fullName} has no hook that you may see`,
        why: 'Only its administrators see it.',
        next: `Type: yb setup-repo ${fullName}`,
      });
    }
    if (args.flag('json')) io.stdout.write(`${JSON.stringify(hook)}\n`);
    else {
      const now = clock.now();
      const lines = hookLines(healthOf(hook)).map(({ what, at, words }) => {
        const said = [...(at === null ? [] : [ago(at, now)]), ...(words === '' ? [] : [oneLine(words)])];
        return `${what.padEnd(18)}${said.join(': ')}\n`;
      });
      io.stdout.write(lines.join(''));
    }
    return exitCodes.ok;
  },
};

function healthOf(hook: HookView): HookHealth {
  const time = (said: string | null): Date | null => (said === null ? null : new Date(said));
  const { lastFailure } = hook;
  return {
    secretAt: time(hook.secretAt),
    lastPingAt: time(hook.lastPingAt),
    lastDeliveryAt: time(hook.lastDeliveryAt),
    lastFailure: lastFailure === null ? null : { ...lastFailure, at: new Date(lastFailure.at) },
    checkedAt: time(hook.checkedAt),
    problem: hook.problem,
  };
}
