import type { RunDetails, RunView } from '../shared/api/schemas.ts';
import { shortRef, shortSha, VerdictName } from '../shared/run/run.ts';
import { ago, duration } from '../shared/time-words.ts';
import { type Command, exitCodes, jsonOption, usageError } from './command.ts';
import { openRepository, repositoryOption } from './repository-option.ts';
import { openRun, runOperand, runOperandHelp } from './run-option.ts';
import { coloured, colourOf, commitWords, testColour, wordOf } from './run-words.ts';
import { oneLine } from './text.ts';

const usualCount = 20;

export const runsCommand: Command = {
  name: 'runs',
  summary: 'list the newest runs of a repository',
  usage: 'runs [options]',
  examples: ['yb runs', 'yb runs --branch main --limit 5', 'yb runs --verdict failed'],
  options: {
    repo: repositoryOption,
    branch: { type: 'string', value: 'BRANCH', summary: 'of this branch alone' },
    verdict: { type: 'string', value: 'VERDICT', summary: 'that came to this: failed, passed, broken, …' },
    author: { type: 'string', value: 'LOGIN', summary: 'of commits of this author' },
    limit: { type: 'string', value: 'COUNT', summary: `so many, 1 to 100; ${usualCount} if left out` },
    json: jsonOption,
  },
  run: async (context) => {
    const { args, io } = context;
    const limit = Number(args.text('limit') ?? usualCount);
    if (!Number.isInteger(limit) || limit < 1 || limit > 100)
      throw usageError('limit must be a number from 1 to 100', 'yb runs --help');
    const verdict = VerdictName.optional().safeParse(args.text('verdict'));
    if (!verdict.success) {
      throw usageError(`verdict must be one of: ${VerdictName.options.join(', ')}`, 'yb runs --help');
    }
    const asked = { branch: args.text('branch'), verdict: verdict.data, author: args.text('author') };
    const { server, fullName } = await openRepository(context, 'runs');
    const list = await server.runs(fullName, { limit, ...asked });
    if (args.flag('json')) io.stdout.write(`${JSON.stringify(list)}\n`);
    else if (list.runs.length === 0) io.stdout.write(`${fullName} has no ${wordsOf(asked)} yet.\n`);
    else for (const line of rows(list.runs, context.clock.now(), io.color)) io.stdout.write(`${line}\n`);
    return exitCodes.ok;
  },
};

interface Asked {
  readonly branch: string | undefined;
  readonly verdict: string | undefined;
  readonly author: string | undefined;
}

/** `runs of main that came to "failed" by mira`. */
function wordsOf({ branch, verdict, author }: Asked): string {
  return [
    'runs',
    ...(branch === undefined ? [] : [` of ${oneLine(branch)}`]),
    ...(verdict === undefined ? [] : [` that came to "${verdict}"`]),
    ...(author === undefined ? [] : [` by ${oneLine(author)}`]),
  ].join('');
}

/** Eighty columns: what matters first, and the id last for whoever goes on with it. */
function rows(runs: readonly RunView[], now: Date, color: boolean): string[] {
  return runs.map((run) => {
    const took = run.durationMs === null ? '' : duration(run.durationMs);
    return [
      coloured(fit(wordOf(run), 14), colourOf(run), color),
      fit(`${oneLine(shortRef(run.ref))}@${shortSha(run.sha)}`, 17),
      took.padStart(8),
      fit(ago(new Date(run.createdAt), now), 11),
      run.id,
    ].join(' ');
  });
}

/** In so many columns: what is longer loses its beginning, of which a commit's number is not. */
function fit(text: string, columns: number): string {
  return text.length <= columns ? text.padEnd(columns) : `…${text.slice(text.length - columns + 1)}`;
}

export const viewCommand: Command = {
  name: 'view',
  summary: 'show how a run stands or ended, and why',
  usage: 'view [RUN] [options]',
  description: runOperandHelp,
  examples: ['yb view', 'yb view --json'],
  optional: runOperand,
  options: { repo: repositoryOption, json: jsonOption },
  run: async (context) => {
    const { args, io, clock } = context;
    const { server, id } = await openRun(context, 'view');
    const run = await server.run(id);
    if (args.flag('json')) {
      io.stdout.write(`${JSON.stringify(run)}\n`);
      return exitCodes.ok;
    }
    const why = run.reason ?? run.waitReason;
    const facts = [
      ...(run.durationMs === null ? [] : [duration(run.durationMs)]),
      ago(new Date(run.createdAt), clock.now()),
      ...(run.attempt > 1 ? [`attempt ${run.attempt}`] : []),
      ...placeWords(run.place),
    ];
    const bad = run.targets.filter(({ status }) => status !== 'PASSED' && status !== 'NO_STATUS');
    const lines = [
      `${coloured(wordOf(run), colourOf(run), io.color)}  ${commitWords(run)}`,
      ...(why === null ? [] : [oneLine(why)]),
      facts.join(' · '),
      ...bad.map(({ label, status }) => `${coloured(status, testColour(status), io.color)} ${oneLine(label)}`),
      ...run.pastAttempts.map(({ attempt, reason }) => `attempt ${attempt} did not count: ${oneLine(reason)}`),
      run.url,
    ];
    io.stdout.write(`${lines.join('\n')}\n`);
    return exitCodes.ok;
  },
};

function placeWords(place: RunDetails['place']): string[] {
  if (place === null || place.before === 0) return [];
  return [
    `${place.before}${place.orMore ? ' or more' : ''} before it`,
    ...(place.startsInMs === null ? [] : [`starts in about ${duration(place.startsInMs)}`]),
  ];
}

export const cancelCommand: Command = {
  name: 'cancel',
  summary: 'end a run that waits or goes on',
  usage: 'cancel [RUN] [options]',
  description: runOperandHelp,
  examples: ['yb cancel'],
  optional: runOperand,
  options: { repo: repositoryOption, json: jsonOption },
  run: async (context) => {
    const { args, io } = context;
    const { server, id } = await openRun(context, 'cancel');
    const run = await server.cancel(id);
    if (args.flag('json')) io.stdout.write(`${JSON.stringify(run)}\n`);
    else if (run.state === 'finished') io.stdout.write(`It had ended before: ${wordOf(run)}\n${run.url}\n`);
    else io.stdout.write(`It is being cancelled.\n${run.url}\n`);
    return exitCodes.ok;
  },
};

export const approveCommand: Command = {
  name: 'approve',
  summary: "let a fork's commit run: it asks for somebody with write access",
  usage: 'approve [RUN] [options]',
  description: [
    'RUN is what the status "yb/approval" of the pull request leads to. This commit',
    'may run then, on a disk of its own and without secrets; a later one asks anew.',
  ].join('\n'),
  examples: ['yb approve https://yb.example.com/runs/…'],
  optional: runOperand,
  options: { repo: repositoryOption, json: jsonOption },
  run: async (context) => {
    const { args, io } = context;
    const { server, id } = await openRun(context, 'approve');
    const run = await server.approve(id);
    if (args.flag('json')) io.stdout.write(`${JSON.stringify(run)}\n`);
    else if (run.approval === null && run.state !== 'awaiting-approval')
      io.stdout.write(`It waits for nobody: it is of no fork.\n${run.url}\n`);
    else io.stdout.write(`${shortSha(run.sha)} may run.\n${run.url}\n`);
    return exitCodes.ok;
  },
};
