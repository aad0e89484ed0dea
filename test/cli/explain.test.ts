import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { explainCommand } from '../../cli/explain.ts';
import { read, recording, recordings } from '../shared/bazel/recordings.ts';
import { aResult } from '../shared/run/verdict-input.ts';
import { runYb } from './run-yb.ts';

const folder = mkdtempSync(join(tmpdir(), 'yb-explain-'));
for (const name of recordings) writeFileSync(join(folder, `${name}.ndjson`), recording(name));
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const Explanation = z.strictObject({
  verdict: z.string(),
  reason: z.string(),
  fault: z.string(),
  retry: z.boolean(),
  targets: z.array(
    z.strictObject({
      label: z.string(),
      status: z.string(),
      attempts: z.number(),
      cached: z.boolean(),
      durationMs: z.number().nullable(),
      shards: z.number(),
    }),
  ),
  counts: z.record(z.string(), z.number()),
});

const yb = async (...argv: readonly string[]) =>
  await runYb(['explain', ...argv], { commands: [explainCommand], cwd: folder });

async function explained(name: string, ...more: readonly string[]) {
  const { code, stdout, stderr } = await yb('--events', `${name}.ndjson`, '--json', ...more);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return Explanation.parse(JSON.parse(stdout));
}

describe('yb explain', () => {
  it.each([
    ['badflag.bazel-2.1.0', 2, 'broken', false],
    ['builderror.bazel-4.2.3', 1, 'broken', false],
    ['buildstop.bazel-2.1.0', 1, 'broken', false],
    ['cached.bazel-4.2.3', 0, 'passed', false],
    ['diskcache.bazel-2.1.0', 0, 'passed', false],
    ['fail.bazel-4.2.3', 3, 'failed', false],
    ['flaky.bazel-2.1.0', 0, 'passed', false],
    ['flaky.bazel-4.2.3', 0, 'passed', false],
    ['flakycached.bazel-2.1.0', 0, 'passed', false],
    ['interrupted.bazel-2.1.0', 8, 'cancelled', false],
    ['interrupted.bazel-4.2.3', 8, 'cancelled', false],
    ['missingdep.bazel-2.1.0', 1, 'broken', false],
    ['missingdepstop.bazel-2.1.0', 1, 'broken', false],
    ['mixed.bazel-2.1.0', 1, 'broken', false],
    ['notests.bazel-4.2.3', 4, 'no-tests', false],
    ['pass.bazel-2.1.0', 0, 'passed', false],
    ['pass.bazel-4.2.3', 0, 'passed', false],
    ['runs.bazel-2.1.0', 0, 'passed', false],
    ['serverkilled.bazel-4.2.3', 37, 'infrastructure', true],
    ['sharded.bazel-4.2.3', 3, 'failed', false],
    ['shardflaky.bazel-2.1.0', 0, 'passed', false],
    ['syntaxerror.bazel-2.1.0', 1, 'broken', false],
    ['threefails.bazel-2.1.0', 3, 'failed', false],
    ['timeout.bazel-4.2.3', 3, 'failed', false],
    ['unknownonly.bazel-2.1.0', 1, 'broken', false],
    ['unknowntarget.bazel-2.1.0', 1, 'broken', false],
    ['uptodate.bazel-2.1.0', 3, 'failed', false],
  ] as const)('says of %s with exit code %i that it %s', async (name, exitCode, verdict, retry) => {
    const told = await explained(name, '--exit-code', String(exitCode));
    expect(told).toMatchObject({ verdict, retry });
    expect(told.reason).toContain(`(assumed: a complete result with exit code ${exitCode}`);

    // Where the events tell it themselves, the exit code need not be given.
    if (read(recording(name)).exitCode !== null) expect((await explained(name)).verdict).toBe(verdict);
  });

  it('knows every recording', () => {
    expect(recordings).toHaveLength(27);
  });

  it('lists the tests by Bazel’s own names of their status', async () => {
    const { targets, counts } = await explained('mixed.bazel-2.1.0');
    expect(targets.map(({ label, status }) => [label, status])).toEqual([
      ['//broken:crash_test', 'FAILED'],
      ['//broken:fail_test', 'FAILED'],
      ['//broken:nobuild_test', 'FAILED_TO_BUILD'],
      ['//lib/text:text_test', 'PASSED'],
    ]);
    expect(counts).toMatchObject({ tests: 4, passed: 1, failed: 2, failedToBuild: 1 });
  });

  it('never says passed of events that break off, or that another exit code contradicts', async () => {
    const whole = recording('pass.bazel-4.2.3');
    await writeFile(join(folder, 'cut.ndjson'), whole.slice(0, whole.length - 20));
    expect((await explained('cut', '--exit-code', '0')).verdict).toBe('infrastructure');
    expect((await explained('cut')).verdict).toBe('infrastructure');
    for (const exitCode of [1, 2, 3, 4, 8, 37, 143]) {
      expect((await explained('pass.bazel-4.2.3', '--exit-code', String(exitCode))).verdict).not.toBe('passed');
    }
    for (const name of recordings) {
      const { exitCode } = read(recording(name));
      if (exitCode !== 0) expect((await explained(name, '--exit-code', '0')).verdict, name).not.toBe('passed');
    }
  });

  it('says that events without an end and without an exit code prove nothing', async () => {
    const told = await explained('serverkilled.bazel-4.2.3');
    expect(told).toMatchObject({ verdict: 'infrastructure', fault: 'infrastructure', retry: true });
    expect(told.reason).toContain('no exit code');
  });

  it('takes the attempt’s own result, and then assumes nothing', async () => {
    await writeFile(join(folder, 'result.json'), JSON.stringify(aResult()));
    expect(await explained('pass.bazel-4.2.3', '--result', 'result.json')).toMatchObject({
      verdict: 'passed',
      reason: 'All 7 tests passed',
    });

    await writeFile(join(folder, 'cut.json'), JSON.stringify(aResult({ events: { complete: false, exitCode: null } })));
    expect((await explained('pass.bazel-4.2.3', '--result', 'cut.json')).verdict).toBe('infrastructure');
    expect((await explained('serverkilled.bazel-4.2.3', '--result', 'result.json')).verdict).toBe('infrastructure');
    expect((await explained('pass.bazel-4.2.3', '--result', 'result.json', '--exit-code', '143')).verdict).toBe(
      'infrastructure',
    );
  });

  it('tells the same in words, failures first', async () => {
    const { stdout } = await yb('--events', 'mixed.bazel-2.1.0.ndjson', '--exit-code', '1');
    expect(stdout).toBe(
      [
        'broken: 1 target did not build: //broken:nobuild_test; 2 of 4 tests failed: //broken:crash_test, //broken:fail_test (assumed: a complete result with exit code 1)',
        'Whose fault: author. Tried again: no.',
        '',
        '4 tests, 1 passed, 2 failed, 1 did not build:',
        '  FAILED           //broken:crash_test  (78 ms)',
        '  FAILED           //broken:fail_test  (118 ms)',
        '  FAILED_TO_BUILD  //broken:nobuild_test',
        '  PASSED           //lib/text:text_test  (129 ms)',
        '',
        'What did not build:',
        '  //broken:nobuild (Genrule)',
        '',
      ].join('\n'),
    );
  });

  it('keeps what a terminal would obey out of its words', async () => {
    const event = {
      id: { targetConfigured: { label: '//a:\u001b[2J\u0007x_test' } },
      configured: { testSize: 'SMALL' },
    };
    await writeFile(join(folder, 'odd.ndjson'), JSON.stringify(event));
    const { stdout } = await yb('--events', 'odd.ndjson');
    expect(stdout).toContain('//a:x_test');
    expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it.each([
    ['no events', [], 2, 'needs --events FILE'],
    ['an exit code that is none', ['--events', 'x', '--exit-code', '256'], 2, 'from 0 to 255'],
    ['a negative exit code', ['--events', 'x', '--exit-code=-1'], 2, 'from 0 to 255'],
    ['an operand', ['--events', 'x', 'y'], 2, 'does not take "y"'],
    ['a file that is not there', ['--events', 'nowhere.ndjson'], 1, 'cannot read'],
    ['a folder', ['--events', '.'], 1, 'cannot read'],
    [
      'a result that is not there',
      ['--events', 'pass.bazel-4.2.3.ndjson', '--result', 'nowhere.json'],
      1,
      'cannot read',
    ],
    [
      'a result that is none',
      ['--events', 'pass.bazel-4.2.3.ndjson', '--result', 'fail.bazel-4.2.3.ndjson'],
      1,
      'not JSON',
    ],
  ])('refuses %s', async (_, argv, code, words) => {
    const ran = await yb(...argv);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(words);
    expect(ran.stdout).toBe('');
  });
});
