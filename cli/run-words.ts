import type { RunView } from '../shared/api/schemas.ts';
import type { TestStatus } from '../shared/attempt/result.ts';
import { type VerdictName, shortRef, shortSha } from '../shared/run/run.ts';
import { exitCodes } from './command.ts';
import { oneLine } from './text.ts';

/** What a command that waits for a run ends with. */
export const verdictExitCodes = {
  passed: exitCodes.ok,
  'no-tests': exitCodes.ok,
  skipped: exitCodes.ok,
  failed: 3,
  broken: 4,
  'timed-out': 5,
  cancelled: 6,
  superseded: 6,
  infrastructure: 7,
} as const satisfies Readonly<Record<VerdictName, number>>;

/** The exit code that says how a run ended. */
export function exitCodeOf({ verdict, code }: Pick<RunView, 'verdict' | 'code'>): number {
  // Tests that disappeared are no success.
  if (code === 'tests-disappeared') return verdictExitCodes.failed;
  return verdict === null ? exitCodes.failed : verdictExitCodes[verdict];
}

const colours = { red: 31, green: 32, dim: 2 } as const;

export function coloured(text: string, colour: keyof typeof colours, isWanted: boolean): string {
  return isWanted ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text;
}

/** In what colour a result of a test is told. */
export function testColour(status: TestStatus): keyof typeof colours {
  return status === 'PASSED' ? 'green' : status === 'FLAKY' ? 'dim' : 'red';
}

/** One word for how a run stands. */
export function wordOf({ state, verdict }: Pick<RunView, 'state' | 'verdict'>): string {
  return verdict ?? state;
}

export function colourOf(run: Pick<RunView, 'verdict' | 'code'>): keyof typeof colours {
  if (run.verdict === null) return 'dim';
  return exitCodeOf(run) === exitCodes.ok ? 'green' : 'red';
}

/** Which commit a run is of: `main@a1b2c3d  Add retry to fetcher (mira)`. */
export function commitWords({ ref, sha, commit }: Pick<RunView, 'ref' | 'sha' | 'commit'>): string {
  const subject = oneLine(commit?.subject ?? '');
  const author = commit?.author ?? null;
  return [
    `${oneLine(shortRef(ref))}@${shortSha(sha)}`,
    ...(subject === '' ? [] : [`${subject}${author === null ? '' : ` (${oneLine(author)})`}`]),
  ].join('  ');
}
