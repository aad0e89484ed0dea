import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { countTargets } from '../shared/bazel/counts.ts';
import { createEventReader, type EventSnapshot } from '../shared/bazel/events.ts';
import { createLineSplitter } from '../shared/bazel/lines.ts';
import { summarize } from '../shared/bazel/summary.ts';
import { parseJson } from '../shared/json.ts';
import { resultLimits, RunResult } from '../shared/run/result.ts';
import { decideVerdict, type Verdict } from '../shared/run/verdict.ts';
import { codeOfExit } from '../shared/run/verdict-table.ts';
import { type Command, CommandError, exitCodes, type Io, usageError } from './command.ts';
import { explanationText } from './explanation-text.ts';

const longestLine = 16 * 1024 * 1024;

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
    '--exit-code, it is the one that the events tell.',
  ].join('\n'),
  examples: ['yb explain --events bep.ndjson --exit-code 3', 'yb explain --events bep.ndjson --json'],
  options: {
    events: { type: 'string', value: 'FILE', summary: 'the build events, one JSON object a line' },
    'exit-code': { type: 'string', value: 'N', summary: "Bazel's exit code" },
    result: { type: 'string', value: 'FILE', summary: "the attempt's result.json" },
    json: { type: 'boolean', summary: 'print JSON' },
  },
  async run({ args, cwd, io }) {
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
      io,
    );
  },
};

/** Prints the explanation and resolves to the command's exit code. @throws CommandError if a file cannot be read */
export async function explain(args: ExplainArguments, io: Pick<Io, 'stdout'>): Promise<number> {
  const snapshot = await readEvents(args.events);
  const given = args.result === undefined ? null : await readResult(args.result);
  const verdict = judge(snapshot, given, args.exitCode ?? null);
  io.stdout.write(
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
  const result: RunResult =
    given === null
      ? { ...assumedResult, ...summary, exitCode: exitCode ?? snapshot.exitCode }
      : {
          ...given,
          ...summary,
          events: { ...summary.events, complete: given.events.complete && summary.events.complete },
        };
  const ended = exitCode ?? result.exitCode;
  // An interrupt is somebody's wish wherever Bazel runs by hand; who it was, the events do not tell.
  const cancelled = result.exitCode !== null && codeOfExit(result.exitCode) === 'interrupted';
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

async function readEvents(path: string): Promise<EventSnapshot> {
  const reader = createEventReader();
  const lines = createLineSplitter({ maxBytes: longestLine });
  try {
    for await (const chunk of createReadStream(path)) {
      if (Buffer.isBuffer(chunk)) for (const line of lines.write(chunk)) reader.push(line);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  reader.push(lines.end() ?? '');
  return reader.snapshot();
}

async function readResult(path: string): Promise<RunResult> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > resultLimits.resultBytes) throw new RangeError('too large');
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
  return parseJson(RunResult, text, { what: path });
}

function unreadable(path: string, cause: unknown): CommandError {
  return new CommandError('not-found', { what: `cannot read ${path}`, next: 'yb explain --help' }, { cause });
}
