import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { abortReasonTable, severityOf, statusOfAbort } from '../../../shared/bazel/test-status.ts';
import { TestStatus } from '../../../shared/attempt/result.ts';
import { newRun } from '../../../shared/run/transitions.ts';
import { type Run, VerdictName } from '../../../shared/run/run.ts';
import { statusOf } from '../../../shared/run/status.ts';
import {
  codeOfExit,
  containerReasonTable,
  exitCodeTable,
  podReasonTable,
  type VerdictRow,
  verdictTable,
} from '../../../shared/run/verdict-table.ts';

const page = readFileSync(new URL('../../../docs/verdicts.md', import.meta.url), 'utf8');

/** The rows of the first table below a heading, as the texts of their cells. */
function rowsBelow(heading: string): string[][] {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function reasonsByCode(table: ReadonlyMap<string, string>): string[][] {
  const codes = [...new Set(table.values())];
  return codes.map((code) => {
    const reasons = [...table].filter(([, known]) => known === code).map(([reason]) => `\`${reason}\``);
    return [`\`${code}\``, reasons.join(', ')];
  });
}

describe('the page about verdicts', () => {
  it('shows every cause as the table has it', () => {
    const table: Readonly<Record<string, VerdictRow>> = verdictTable;
    const again = ['no', 'once', 'twice'];
    expect(rowsBelow('Causes')).toEqual(
      Object.entries(table).map(([code, { verdict, fault, retries, volume, when }]) => [
        `\`${code}\``,
        verdict,
        fault,
        again[retries],
        volume,
        when,
      ]),
    );
  });

  it('shows every exit code', () => {
    const rows = [...exitCodeTable].map(([exitCode, code]) => [
      String(exitCode),
      `\`${code}\``,
      verdictTable[code].verdict,
    ]);
    const other = codeOfExit(250);
    expect(rowsBelow('Exit codes')).toEqual([...rows, ['any other', `\`${other}\``, verdictTable[other].verdict]]);
  });

  it('shows what becomes of an event that Bazel did not come to', () => {
    const rows = rowsBelow('Statuses of tests');
    expect(rows).toEqual([
      ...[...abortReasonTable].map(([reason, status]) => [`\`${reason}\``, `\`${status}\``]),
      ['any other, or none', `\`${statusOfAbort(undefined)}\``],
    ]);
  });

  it('shows the statuses of tests, worst first', () => {
    const [, told = ''] = /the worse counts: ([^,]+(?:,\s`\w+`)+)/.exec(page) ?? [];
    const statuses = [...told.matchAll(/`(\w+)`/g)].map(([, status]) => TestStatus.parse(status));
    expect(statuses).toEqual(TestStatus.options.toSorted((a, b) => severityOf(a) - severityOf(b)));
  });

  it('shows every reason of Pods and containers', () => {
    expect(rowsBelow('Why a Pod ended')).toEqual(reasonsByCode(podReasonTable));
    expect(rowsBelow('Why a container does not run')).toEqual(reasonsByCode(containerReasonTable));
  });

  it('shows the state that GitHub gets for each verdict', () => {
    const rows = rowsBelow('What GitHub shows');
    expect(new Set(rows.map(([verdict]) => verdict))).toEqual(new Set(VerdictName.options));
    for (const [verdict, state] of rows) {
      expect(statusOf(finishedRun(VerdictName.parse(verdict), 'any'), 'https://yb').status.state, verdict).toBe(state);
    }
    expect(statusOf(finishedRun('no-tests', 'tests-disappeared'), 'https://yb').status.state).toBe('failure');
  });
});

function finishedRun(verdict: VerdictName, code: string): Run {
  const now = new Date('2026-01-01T00:00:00Z');
  const run = newRun(
    {
      runId: 'abcdefghijklmnopqrstuvwxyz',
      repoId: '1',
      ref: 'refs/heads/main',
      before: '0'.repeat(40),
      sha: '1'.repeat(40),
      pushedAt: now.toISOString(),
      trigger: { source: 'push', delivery: null, actor: null },
      commit: null,
    },
    now,
  );
  const told = { counts: null, failed: [], toolchain: null, exitCode: null, fault: 'nobody' } as const;
  return { ...run, state: 'finished', outcome: { ...told, failed: [], verdict, code, reason: 'x' } };
}
