import { describe, expect, it } from 'vitest';
import { recording } from '../shared/bazel/recordings.ts';
import { aResult } from '../shared/run/verdict-input.ts';
import { explaining } from './explaining.ts';

const { explained, write } = explaining();

describe('a result that contradicts the events', () => {
  const whole = recording('pass.bazel-4.2.3');

  it.each([
    ['agrees', aResult(), 'passed'],
    ['failed', aResult({ exitCode: 3, counted: { failed: 1 } }), 'failed'],
    [
      'counts a failed test',
      aResult({ counted: { failed: 1 }, failed: [{ label: '//a:a_test', status: 'FAILED' }] }),
      'failed',
    ],
    ['counts a test that was not built', aResult({ counted: { failedToBuild: 1 } }), 'broken'],
    ['counts an unfinished test', aResult({ counted: { incomplete: 1 } }), 'infrastructure'],
    ['saw another exit code in the events', aResult({ events: { complete: true, exitCode: 1 } }), 'broken'],
    ['saw no end of the events', aResult({ events: { complete: false, exitCode: null } }), 'infrastructure'],
    ['has no exit code', aResult({ exitCode: null }), 'infrastructure'],
    ['lacks a part of the log', aResult({ complete: false }), 'passed'],
    ['has a log that was too large', aResult({ logTooLarge: true }), 'broken'],
    ['is of another attempt', aResult({ attempt: 2, epoch: 9 }), 'passed'],
    ['lost a process for memory and failed', aResult({ exitCode: 1, oomKills: 1 }), 'broken'],
  ])('%s', async (name, result, verdict) => {
    await write('result.json', JSON.stringify(result));
    const told = await explained(whole, '--result', 'result.json');
    expect(told.verdict).toBe(verdict);
    expect(told.reason).not.toContain('assumed');
    if (name === 'lacks a part of the log') expect(told.reason).toContain('the log is incomplete');
    if (verdict === 'passed') {
      expect((await explained(whole, '--result', 'result.json', '--exit-code', '1')).verdict).not.toBe('passed');
    }
  });
});
