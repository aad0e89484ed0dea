import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bep, recording, recordings } from '../shared/bazel/recordings.ts';
import { aResult } from '../shared/run/verdict-input.ts';
import { explaining, lines } from './explaining.ts';

const { explain: yb, folder, write } = explaining();

describe('yb explain in words', () => {
  it('tells the verdict, and failures first', async () => {
    await write('mixed.ndjson', recording('mixed.bazel-2.1.0'));
    const { stdout } = await yb('--events', 'mixed.ndjson', '--exit-code', '1');
    expect(stdout).toBe(
      [
        'broken: 1 target did not build: //broken:nobuild_test; 2 of 4 tests failed:',
        '  //broken:crash_test, //broken:fail_test (assumed: a complete result with exit',
        '  code 1)',
        'Whose fault: author. Tried again: no.',
        '',
        '4 tests, 1 passed, 2 failed, 1 did not build, 3 executed:',
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

  it('puts what is worse before what is better', async () => {
    const statuses = ['PASSED', 'FLAKY', 'NO_STATUS', 'INCOMPLETE', 'TIMEOUT', 'FAILED', 'FAILED_TO_BUILD'];
    const events = statuses.map((overallStatus, index) => bep.summary(`//a:${index}_test`, { overallStatus }));
    await write('all.ndjson', lines(events));
    const { stdout } = await yb('--events', 'all.ndjson');
    expect([...stdout.matchAll(/^ {2}([A-Z_]+) /gm)].map(([, status]) => status)).toEqual([
      'FAILED',
      'TIMEOUT',
      'FAILED_TO_BUILD',
      'INCOMPLETE',
      'FLAKY',
      'PASSED',
      'NO_STATUS',
    ]);
  });

  it('folds many tests that passed, and none that failed', async () => {
    const status = (index: number) => ({ overallStatus: index % 2 === 0 ? 'PASSED' : 'FAILED' });
    const events = Array.from({ length: 200 }, (_, index) => bep.summary(`//a:${index}_test`, status(index)));
    await write('many.ndjson', lines(events));
    const { stdout } = await yb('--events', 'many.ndjson');
    expect(stdout.match(/^ {2}FAILED /gm)).toHaveLength(100);
    expect(stdout.match(/^ {2}PASSED /gm)).toHaveLength(20);
    expect(stdout).toContain('\n  and 80 more that passed or were not run\n');
  });

  it('keeps to 80 columns but for labels, and to plain text', async () => {
    for (const name of recordings) {
      await write('any.ndjson', recording(name));
      const { stdout } = await yb('--events', 'any.ndjson');
      for (const line of stdout.split('\n')) {
        const longestWord = Math.max(...line.split(' ').map((word) => word.length));
        expect(line.length, line).toBeLessThanOrEqual(Math.max(80, longestWord + 40));
      }
      expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
    }
  });

  it('keeps what a terminal would obey, or what turns its direction, out of them', async () => {
    const event = {
      id: { targetConfigured: { label: '//a:\u001b[2J\u0007\u202ex_test' } },
      configured: { testSize: 'SMALL' },
    };
    await write('odd.ndjson', JSON.stringify(event));
    const { stdout } = await yb('--events', 'odd.ndjson');
    expect(stdout).toContain('//a:x_test');
    expect(stdout).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });
});

describe('yb explain', () => {
  it('reads from the pipe that a shell makes', async () => {
    await write('pass.ndjson', recording('pass.bazel-4.2.3'));
    const program = join(import.meta.dirname, '../../cli/yb.ts');
    const command = 'cat pass.ndjson | "$0" "$1" explain --events /dev/stdin --json';
    const stdout = execFileSync('sh', ['-c', command, process.execPath, program], { cwd: folder, encoding: 'utf8' });
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'passed' });
  });

  it('ends well where its reader has had enough', async () => {
    const events = Array.from({ length: 5_000 }, (_, index) => bep.summary(`//a:${index}_test`, {}));
    await write('long.ndjson', lines(events));
    const program = join(import.meta.dirname, '../../cli/yb.ts');
    const command = '{ "$0" "$1" explain --events "$2" --json; echo "ended with $?" >&2; } | head -c 10';
    const argv = ['-c', command, process.execPath, program, join(folder, 'long.ndjson')];
    const { stdout, stderr } = spawnSync('sh', argv, { encoding: 'utf8' });
    expect(stdout).toHaveLength(10);
    expect(stderr).toBe('ended with 0\n');
  });

  it.each([
    ['no events', [], 'needs --events FILE'],
    ['an exit code that is none', ['--events', 'x', '--exit-code', '256'], 'from 0 to 255'],
    ['a negative exit code', ['--events', 'x', '--exit-code=-1'], 'from 0 to 255'],
    ['a broken exit code', ['--events', 'x', '--exit-code', '1.5'], 'from 0 to 255'],
    ['an operand', ['--events', 'x', 'y'], 'does not take "y"'],
    ['a file that is not there', ['--events', 'nowhere.ndjson'], 'There is no such file'],
    ['a folder', ['--events', '.'], 'It is a folder'],
    ['a path through a file', ['--events', 'log.txt/x'], 'A part of its path is no folder'],
    ['a pipe that lies in a folder', ['--events', 'pipe'], 'It is no file'],
    ['a device', ['--events', '/dev/zero'], 'It is no file'],
    ['a log', ['--events', 'log.txt'], 'log.txt holds no Bazel build events'],
    ['zero bytes', ['--events', 'zero.ndjson'], 'holds no Bazel build events'],
    ['other JSON', ['--events', 'result.json'], 'holds no Bazel build events'],
    ['a result that is not there', ['--events', 'empty.ndjson', '--result', 'nowhere.json'], 'There is no such file'],
    ['a result that is a folder', ['--events', 'empty.ndjson', '--result', '.'], 'It is a folder'],
    ['a result that is a pipe', ['--events', 'empty.ndjson', '--result', 'pipe'], 'It is no file'],
    ['a result that is no JSON', ['--events', 'empty.ndjson', '--result', 'log.txt'], 'log.txt: not JSON'],
    ['a result that lacks a field', ['--events', 'empty.ndjson', '--result', 'short.json'], 'short.json: epoch: '],
    ['a result that is too large', ['--events', 'empty.ndjson', '--result', 'large.json'], 'larger than 256 KiB'],
  ])('refuses %s', async (_, argv, words) => {
    await write('empty.ndjson', '');
    await write('zero.ndjson', Buffer.alloc(1_000));
    await write('log.txt', 'Loading: 0 packages loaded\nDONE\n');
    await write('result.json', JSON.stringify(aResult()));
    await write('short.json', JSON.stringify({ ...aResult(), epoch: undefined }));
    await write('large.json', JSON.stringify({ ...aResult(), more: 'x'.repeat(300_000) }));
    execFileSync('sh', ['-c', 'test -p pipe || mkfifo pipe'], { cwd: folder });
    const ran = await yb(...argv);
    expect(ran.code).toBe(2);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain(words);
    expect(ran.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
  });
});
