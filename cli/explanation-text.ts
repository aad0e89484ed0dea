import { stripVTControlCharacters } from 'node:util';
import type { EventSnapshot } from '../shared/bazel/events.ts';
import { severityOf } from '../shared/bazel/test-status.ts';
import type { FailingAction, TargetCounts, TargetResult, TestStatus } from '../shared/attempt/result.ts';
import type { Verdict } from '../shared/run/verdict.ts';

const columns = 80;
/** Of tests that passed, or were not run. */
const shownInOrder = 20;

/** An explanation in words: the verdict, the tests with what failed first, and what did not build. */
export function explanationText(verdict: Verdict, { targets, counts, failures }: EventSnapshot): string {
  const lines = [
    ...wrapped(`${verdict.verdict}: ${verdict.reason}`),
    `Whose fault: ${verdict.fault}. Tried again: ${verdict.retry ? 'yes' : 'no'}.`,
  ];
  if (targets.length > 0) lines.push('', ...wrapped(`${countWords(counts)}:`), ...targetLines(targets));
  if (failures.length > 0) lines.push('', 'What did not build:', ...failures.flatMap(failureLines));
  return `${lines.join('\n')}\n`;
}

/** Worst first, and by label among the alike. */
function targetLines(targets: readonly TargetResult[]): string[] {
  const sorted = targets.toSorted((a, b) => severityOf(a.status) - severityOf(b.status));
  const bad = sorted.filter(({ status }) => !quiet.has(status));
  const good = sorted.filter(({ status }) => quiet.has(status));
  const rest = good.length - shownInOrder;
  return [
    ...[...bad, ...good.slice(0, shownInOrder)].map(targetLine),
    ...(rest > 0 ? [`  and ${rest} more that passed or were not run`] : []),
  ];
}

const quiet: ReadonlySet<TestStatus> = new Set(['NO_STATUS', 'PASSED']);

function countWords(counts: TargetCounts): string {
  const parts: readonly (readonly [number, string])[] = [
    [counts.passed, 'passed'],
    [counts.flaky, 'flaky'],
    [counts.failed, 'failed'],
    [counts.timedOut, 'timed out'],
    [counts.failedToBuild, 'did not build'],
    [counts.incomplete, 'incomplete'],
    [counts.notRun, 'not run'],
    [counts.executed, 'executed'],
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
  return `  ${target.status.padEnd(16)} ${printable(target.label)}${notes.length === 0 ? '' : `  (${notes.join(', ')})`}`;
}

function durationWords(milliseconds: number): string {
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

function failureLines({ label, type, exitCode, message }: FailingAction): string[] {
  const action = [type, exitCode === null ? null : `exit code ${exitCode}`].filter((part) => part !== null).join(', ');
  const [firstLine = ''] = (message ?? '').split('\n');
  const head = [label, action === '' ? null : `(${action})`].filter((part) => part !== null).join(' ');
  return wrapped(`${head === '' ? '?' : head}${firstLine === '' ? '' : `: ${firstLine}`}`, '  ');
}

/** A paragraph in lines of at most 80 columns, unless a word is longer. */
function wrapped(text: string, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text).split(' ')) {
    if (line !== '' && indent.length + (lines.length === 0 ? 0 : 2) + line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one, index) => `${index === 0 ? indent : `${indent}  `}${one}`.trimEnd());
}

/** The file may hold anything; a terminal would obey some of it, or turn its direction. */
function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '');
}
