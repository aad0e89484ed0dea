import type { VolumeView } from '../shared/api/schemas.ts';
import { shortRef, shortSha } from '../shared/run/run.ts';
import { ago } from '../shared/time-words.ts';
import { type Command, exitCodes, jsonOption } from './command.ts';
import { openRepository, repositoryOption } from './repository-option.ts';
import { oneLine } from './text.ts';

export const volumesCommand: Command = {
  name: 'volumes',
  summary: 'list the volumes that runs work on, and how warm they are',
  usage: 'volumes [options]',
  description: 'Their number is a setting: yb settings --volumes COUNT.',
  examples: ['yb volumes'],
  options: { repo: repositoryOption, json: jsonOption },
  run: async (context) => {
    const { args, io, clock } = context;
    const { server, fullName } = await openRepository(context, 'volumes');
    const { volumes } = await server.repository(fullName);
    if (args.flag('json')) io.stdout.write(`${JSON.stringify(volumes)}\n`);
    else if (volumes.length === 0) io.stdout.write(`${fullName} has no volumes yet.\n`);
    else for (const volume of volumes) io.stdout.write(`${rowOf(volume, clock.now())}\n`);
    return exitCodes.ok;
  },
};

function rowOf({ index, state, run, warm, aside }: VolumeView, now: Date): string {
  const warmth =
    warm === null
      ? 'empty'
      : `warm with ${oneLine(shortRef(warm.ref))}@${shortSha(warm.sha)}, ${ago(new Date(warm.finishedAt), now)}`;
  const why = aside === null ? [] : [oneLine(aside.problem ?? aside.reason)];
  return [
    String(index).padStart(2),
    state.padEnd(11),
    [warmth, ...(run === null ? [] : [run]), ...why].join('  '),
  ].join(' ');
}
