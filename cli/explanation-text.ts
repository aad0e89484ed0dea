import { stripVTControlCharacters } from 'node:util';
import { isFailed } from '../shared/bazel/counts.ts';
import type { EventSnapshot } from '../shared/bazel/events.ts';
import type { FailingAction, TargetCounts, TargetResult } from '../shared/run/result.ts';
import type { Verdict } from '../shared/run/verdict.ts';

/** An explanation in words: the verdict, the tests with what failed first, and what did not build. */
export function explanationText(verdict: Verdict, { targets, counts, failures }: EventSnapshot): string {
  const lines = [
    `${verdict.verdict}: ${verdict.reason}`,
    `Whose fault: ${verdict.fault}. Tried again: ${verdict.retry ? 'yes' : 'no'}.`,
  ];
  if (targets.length > 0) {
    const failed = targets.filter(({ status }) => isFailed(status));
    const others = targets.filter(({ status }) => !isFailed(status));
    lines.push('', `${countWords(counts)}:`, ...[...failed, ...others].map(targetLine));
  }
  if (failures.length > 0) lines.push('', 'What did not build:', ...failures.map(failureLine));
  return `${lines.map(printable).join('\n')}\n`;
}

function countWords(counts: TargetCounts): string {
  const parts: readonly (readonly [number, string])[] = [
    [counts.passed, 'passed'],
    [counts.flaky, 'flaky'],
    [counts.failed, 'failed'],
    [counts.timedOut, 'timed out'],
    [counts.failedToBuild, 'did not build'],
    [counts.incomplete, 'incomplete'],
    [counts.notRun, 'not run'],
    [counts.cached, 'cached'],
  ];
  const told = parts.filter(([number]) => number > 0).map(([number, words]) => `${number} ${words}`);
  return [`${counts.tests} test${counts.tests === 1 ? '' : 's'}`, ...told].join(', ');
}

function targetLine(target: TargetResult): string {
  const notes = [
    ...(target.cached ? ['cached'] : []),
    ...(target.durationMs === null ? [] : [durationWords(target.durationMs)]),
    ...(target.attempts > 1 ? [`${target.attempts} attempts`] : []),
    ...(target.shards > 1 ? [`${target.shards} shards`] : []),
    ...(target.runs > 1 ? [`${target.runs} runs`] : []),
  ];
  return `  ${target.status.padEnd(16)} ${target.label}${notes.length === 0 ? '' : `  (${notes.join(', ')})`}`;
}

function durationWords(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

function failureLine({ label, type, exitCode, message }: FailingAction): string {
  const action = [type, exitCode === null ? null : `exit code ${exitCode}`].filter((part) => part !== null).join(', ');
  const [firstLine = ''] = (message ?? '').split('\n');
  return `  ${label ?? '?'}${action === '' ? '' : ` (${action})`}${firstLine === '' ? '' : `: ${firstLine}`}`;
}

/** The file may hold anything; a terminal would obey some of it. */
function printable(line: string): string {
  return stripVTControlCharacters(line).replace(/\p{Cc}/gu, '');
}
