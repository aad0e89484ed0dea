import { resolve } from 'node:path';
import { countTargets } from '../shared/bazel/counts.ts';
import type { EventSnapshot } from '../shared/bazel/events.ts';
import { summarize } from '../shared/bazel/summary.ts';
import type { RunResult } from '../shared/attempt/result.ts';
import { decideVerdict, type Verdict } from '../shared/run/verdict.ts';
import { codeOfExit } from '../shared/run/verdict-table.ts';
import { type Command, exitCodes, type Io, usageError } from './command.ts';
import { readEvents, readResult } from './explain-files.ts';
import { explanationText } from './explanation-text.ts';

export interface ExplainArguments {
  /** Path of a Build Event Protocol file, JSON, as `--build_event_json_file` writes it. */
  readonly events: string;
  /** Of Bazel, as the build's container ended with it. */
  readonly exitCode?: number;
  /** Path of the attempt's `result.json`. */
  readonly result?: string;
  readonly json: boolean;
}

export const explainCommand: Command = {
  name: 'explain',
  summary: 'say what yb makes of a file of Bazel build events',
  usage: 'explain --events FILE [options]',
  description: [
    'Reads what bazel test --build_event_json_file=FILE wrote, and tells the verdict',
    'that a run with these events gets, by the same rules as the server.',
    '',
    'Without --result, a complete result with this exit code is assumed. Without',
    '--exit-code, it is the one that the events tell. Where they contradict each',
    'other, what is no success counts.',
    '',
    'The exit code of this command is 0 whatever the verdict, and 2 if a file',
    'cannot be read or is not what it should be.',
  ].join('\n'),
  examples: ['yb explain --events bep.ndjson --exit-code 3', 'yb explain --events bep.ndjson --json'],
  options: {
    events: { type: 'string', value: 'FILE', summary: 'the build events, one JSON object a line' },
    'exit-code': { type: 'string', value: 'N', summary: "Bazel's exit code" },
    result: { type: 'string', value: 'FILE', summary: "the attempt's result.json" },
    json: { type: 'boolean', summary: 'print JSON' },
  },
  async run({ args, cwd, io, signal }) {
    const events = args.text('events');
    if (events === undefined) throw usageError('explain needs --events FILE', 'yb explain --help');
    const exitCode = readExitCode(args.text('exit-code'));
    const result = args.text('result');
    return await explain(
      {
        events: resolve(cwd, events),
        ...(exitCode === undefined ? {} : { exitCode }),
        ...(result === undefined ? {} : { result: resolve(cwd, result) }),
        json: args.flag('json'),
      },
      { stdout: io.stdout, signal },
    );
  },
};

/**
 * Prints the explanation and resolves to the command's exit code.
 * @throws CommandError with exit code 2 if a file cannot be read or is not what it should be
 */
export async function explain(
  args: ExplainArguments,
  context: Pick<Io, 'stdout'> & { readonly signal?: AbortSignal },
): Promise<number> {
  const given = args.result === undefined ? null : await readResult(args.result);
  const snapshot = await readEvents(args.events, context.signal);
  const verdict = judge(snapshot, given, args.exitCode ?? null);
  context.stdout.write(
    args.json ? `${JSON.stringify(explanation(verdict, snapshot))}\n` : explanationText(verdict, snapshot),
  );
  return exitCodes.ok;
}

function explanation(verdict: Verdict, snapshot: EventSnapshot) {
  return {
    verdict: verdict.verdict,
    reason: verdict.reason,
    fault: verdict.fault,
    retry: verdict.retry,
    targets: snapshot.targets.map(({ label, status, attempts, cached, durationMs, shards }) => ({
      label,
      status,
      attempts,
      cached,
      durationMs,
      shards,
    })),
    counts: snapshot.counts,
  };
}

function judge(snapshot: EventSnapshot, given: RunResult | null, exitCode: number | null): Verdict {
  const summary = summarize(snapshot);
  const result =
    given === null
      ? { ...assumedResult, ...summary, exitCode: exitCode ?? snapshot.exitCode }
      : withEvents(given, summary);
  const ended = exitCode ?? result.exitCode;
  // An interrupt is somebody's wish wherever Bazel runs by hand; who it was, the events do not tell.
  const cancelled =
    isInterrupted(result.exitCode) || (isInterrupted(snapshot.exitCode) && (result.exitCode ?? 0) > 128);
  const verdict = decideVerdict({
    attempt: result,
    cancel: { requested: cancelled },
    deadline: { exceeded: false },
    job: { condition: ended === 0 ? 'Complete' : 'Failed', reason: null },
    pod: {
      reason: null,
      scheduled: true,
      deleting: false,
      disruption: null,
      containers: { courier: null, checkout: null, build: { exitCode: ended, reason: null, message: null } },
    },
    result,
    attemptsSoFar: [],
  });
  const assumptions: string[] = [];
  if (given === null) assumptions.push(`a complete result with ${exitCodeWords(result.exitCode, exitCode === null)}`);
  if (cancelled) assumptions.push('that somebody cancelled it');
  return assumptions.length === 0
    ? verdict
    : { ...verdict, reason: `${verdict.reason} (assumed: ${assumptions.join(', and ')})` };
}

/** The attempt's own result, held against the events: a failure that either of the two tells of is one. */
function withEvents(given: RunResult, summary: ReturnType<typeof summarize>): RunResult {
  const worse = (name: 'failed' | 'timedOut' | 'failedToBuild' | 'incomplete') =>
    Math.max(given.counts[name], summary.counts[name]);
  const codes = [given.events.exitCode, summary.events.exitCode];
  return {
    ...given,
    toolchain: summary.toolchain ?? given.toolchain,
    events: {
      complete: given.events.complete && summary.events.complete,
      exitCode: codes.find((code) => code !== null && code !== 0) ?? summary.events.exitCode,
    },
    counts: {
      ...summary.counts,
      failed: worse('failed'),
      timedOut: worse('timedOut'),
      failedToBuild: worse('failedToBuild'),
      incomplete: worse('incomplete'),
    },
    failed: summary.failed.length > 0 ? summary.failed : given.failed,
  };
}

function isInterrupted(exitCode: number | null): boolean {
  return exitCode !== null && codeOfExit(exitCode) === 'interrupted';
}

function exitCodeWords(exitCode: number | null, fromEvents: boolean): string {
  if (exitCode === null) return 'no exit code';
  return fromEvents ? `exit code ${exitCode}, which the events tell` : `exit code ${exitCode}`;
}

const assumedResult: RunResult = {
  v: 1,
  runId: 'explain'.padEnd(26, '0'),
  attempt: 1,
  epoch: 1,
  exitCode: null,
  complete: true,
  events: { complete: true, exitCode: null },
  bytes: 0,
  lines: 0,
  sha256: null,
  chunks: 0,
  counts: countTargets({ tests: [], targets: 0 }),
  failed: [],
  toolchain: null,
  oomKills: 0,
  repairs: [],
  phases: {},
  missing: [],
  logTooLarge: false,
};

function readExitCode(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const exitCode = Number(text);
  if (!/^\d{1,3}$/.test(text) || exitCode > 255) {
    throw usageError('--exit-code must be a number from 0 to 255', 'yb explain --help');
  }
  return exitCode;
}
