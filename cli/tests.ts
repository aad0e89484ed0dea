import type { TargetHistoryView, TargetSummaryView } from '../shared/api/target-schemas.ts';
import { ago, duration } from '../shared/time-words.ts';
import { type Command, type CommandContext, exitCodes, jsonOption } from './command.ts';
import { openRepository, repositoryOption } from './repository-option.ts';
import { coloured, testColour } from './run-words.ts';
import { oneLine } from './text.ts';

export const testsCommand: Command = {
  name: 'tests',
  summary: 'list the tests that fail or are flaky, or tell of one',
  usage: 'tests [LABEL] [options]',
  description: [
    'Without LABEL, those that fail on the default branch, and those that passed only',
    'when they were tried again. With it, what became of it in the last runs.',
  ].join('\n'),
  examples: ['yb tests', 'yb tests //greet:greet_test'],
  optional: 'LABEL',
  options: { repo: repositoryOption, json: jsonOption },
  run: async (context) => {
    const { args, io, clock } = context;
    const { server, fullName } = await openRepository(context, 'tests');
    const [label] = args.operands;
    if (label === undefined) {
      const list = await server.tests(fullName);
      if (args.flag('json')) io.stdout.write(`${JSON.stringify(list)}\n`);
      else printList(context, fullName, list);
      return exitCodes.ok;
    }
    const history = await server.test(fullName, label);
    if (args.flag('json')) io.stdout.write(`${JSON.stringify(history)}\n`);
    else for (const line of historyLines(history, clock.now(), io.color)) io.stdout.write(`${line}\n`);
    return exitCodes.ok;
  },
};

function printList(
  { io }: CommandContext,
  fullName: string,
  { failing, flaky }: { readonly failing: readonly TargetSummaryView[]; readonly flaky: readonly TargetSummaryView[] },
): void {
  if (failing.length + flaky.length === 0) io.stdout.write(`No test of ${fullName} fails or is flaky.\n`);
  for (const test of failing) io.stdout.write(`${coloured('fails', 'red', io.color)}  ${oneLine(test.label)}\n`);
  for (const test of flaky) {
    io.stdout.write(`${coloured('flaky', 'dim', io.color)}  ${oneLine(test.label)}  ${flakyWords(test)}\n`);
  }
}

function flakyWords({ flaky, of, flakeRate }: TargetSummaryView): string {
  return `${flaky} of ${of} (${Math.round(flakeRate * 100)} %)`;
}

function historyLines(test: TargetHistoryView, now: Date, color: boolean): string[] {
  if (test.of === 0) return [`Nothing is known of ${oneLine(test.label)}: no run of it was kept.`];
  const usual = test.typicalDurationMs === null ? [] : [`usually ${duration(test.typicalDurationMs)}`];
  const state = test.onDefaultBranch === null ? [] : [`${test.onDefaultBranch} on the default branch`];
  return [
    oneLine(test.label),
    [...state, ...(test.flaky > 0 ? [`flaky in ${flakyWords(test)}`] : []), ...usual].join(' · '),
    ...test.results.map(({ run, at, status, durationMs }) =>
      [
        coloured(status.padEnd(14), testColour(status), color),
        (durationMs === null ? '' : duration(durationMs)).padStart(8),
        ago(new Date(at), now).padEnd(11),
        run,
      ].join(' '),
    ),
    ...test.failures
      .slice(0, 1)
      .flatMap(({ run, cases, lines }) => [
        `What it printed in ${run}:`,
        ...cases.map(({ name, message }) => `  ${oneLine(name)}: ${oneLine(message)}`),
        ...(lines ?? []).map((line) => `  ${oneLine(line)}`),
      ]),
  ].filter((line) => line !== '');
}
