import { describe, expect, it } from 'vitest';
import { bep } from '../shared/bazel/recordings.ts';
import { aResult } from '../shared/run/verdict-input.ts';
import { explaining, lines } from './explaining.ts';

const { explained, write } = explaining();

const a = '//a:a_test';
const b = '//b:b_test';
const arm = { id: 'arm' };

const passing = (label: string) => [
  bep.configured(label),
  bep.built(label),
  bep.result(label, { status: 'PASSED', testAttemptDuration: '1.5s' }),
  bep.summary(label, { overallStatus: 'PASSED' }),
];
const ended = (code: number, name?: string) => [bep.finished(code, name), bep.last()];
const of = (id: Record<string, unknown>, rest: Record<string, unknown>) => ({ id, ...rest });
const label = (name: string, configuration = { id: 'k8-fastbuild' }) => ({ label: name, configuration });

describe('what is no success, whatever the exit code 0 says', () => {
  const lies: Record<string, readonly unknown[]> = {
    'a failed summary': [...passing(a), bep.summary(b, { overallStatus: 'FAILED' }), ...ended(0)],
    'a failed result under a summary that passed': [
      ...passing(a),
      bep.result(a, { status: 'FAILED' }, { shard: 2 }),
      ...ended(0),
    ],
    'a summary that says both': [...passing(a), bep.summary(a, { overallStatus: 'FAILED' }), ...ended(0)],
    'the same the other way round': [bep.summary(a, { overallStatus: 'FAILED' }), ...passing(a), ...ended(0)],
    'a failure under another configuration': [
      ...passing(a),
      of({ testSummary: label(a, arm) }, { testSummary: { overallStatus: 'TIMEOUT' } }),
      ...ended(0),
    ],
    'a target that was not built': [
      ...passing(a),
      bep.configured('//a:lib', 'cc_library rule'),
      bep.notBuilt('//a:lib'),
      ...ended(0),
    ],
    'a pattern that does not load': [
      ...passing(a),
      bep.aborted({ pattern: { pattern: ['//gone/...'] } }, { reason: 'LOADING_FAILURE' }),
      ...ended(0),
    ],
    'a target that was interrupted': [
      ...passing(a),
      bep.built(b),
      bep.aborted({ testSummary: label(b) }, { reason: 'USER_INTERRUPTED' }),
      ...ended(0),
    ],
    'a test that was announced and never told of': [...passing(a), bep.configured(b), bep.built(b), ...ended(0)],
    'a shard that is missing': [...passing(a), bep.built(b, 2), bep.result(b, { status: 'PASSED' }), ...ended(0)],
    'a shard whose status is missing': [
      ...passing(a),
      bep.built(b, 2),
      bep.result(b, { status: 'PASSED' }),
      bep.result(b, {}, { shard: 2 }),
      ...ended(0),
    ],
    'a status of the future': [...passing(a), bep.summary(b, { overallStatus: 'PASSED_BY_LUCK' }), ...ended(0)],
    'a number of the future': [...passing(a), bep.summary(b, { overallStatus: 99 }), ...ended(0)],
    'a status that is none': [...passing(a), bep.summary(b, { overallStatus: { is: 'PASSED' } }), ...ended(0)],
    'a target that was halted': [
      ...passing(a),
      bep.summary(b, { overallStatus: 'TOOL_HALTED_BEFORE_TESTING' }),
      ...ended(0),
    ],
    'a newer summary of the whole target': [
      ...passing(a),
      of({ targetSummary: label(b) }, { targetSummary: { overallBuildSuccess: true, overallTestStatus: 'FAILED' } }),
      ...ended(0),
    ],
    'an end without an exit code': [...passing(a), of({ buildFinished: {} }, { finished: {} }), bep.last()],
    'an exit code that is none': [
      ...passing(a),
      of({ buildFinished: {} }, { finished: { exitCode: { name: 'SUCCESS', code: 'none' } } }),
      bep.last(),
    ],
    'a name that says otherwise': [...passing(a), ...ended(0, 'TESTS_FAILED')],
    'an end that did not come': [...passing(a), bep.aborted({ buildFinished: {} }, { reason: 'INTERNAL' }), bep.last()],
    'no end at all': [...passing(a), bep.last()],
    'no last event': [...passing(a), bep.finished(0)],
    'two ends': [...passing(a), bep.finished(3, 'TESTS_FAILED'), ...ended(0)],
    'events of a second Bazel that break off': [...passing(a), ...ended(0), bep.started('two'), ...passing(a)],
    'a second Bazel that failed': [...passing(a), ...ended(0), bep.started('two'), ...passing(a), ...ended(1)],
    'no tests': [...ended(0)],
    'tests that were all skipped': [
      bep.configured(a),
      bep.aborted({ targetCompleted: label(a) }, { reason: 'SKIPPED' }),
      ...ended(0),
    ],
  };

  it.each(Object.keys(lies))('%s', async (name) => {
    const events = [bep.started(), ...(lies[name] ?? [])];
    for (const more of [[], ['--exit-code', '0']]) {
      expect((await explained(events, ...more)).verdict, more.join(' ')).not.toBe('passed');
    }
    // Neither does the attempt's own result make it one.
    await write('green.json', JSON.stringify(aResult()));
    expect((await explained(events, '--result', 'green.json')).verdict).not.toBe('passed');
  });
});

describe('what is a success all the same', () => {
  const whole = [bep.started(), ...passing(a), ...ended(0)];
  const text = lines(whole);

  const odd: Record<string, string | Buffer | readonly unknown[]> = {
    'as it is': whole,
    'Windows line ends': text.replaceAll('\n', '\r\n'),
    'a byte order mark': `\uFEFF${text}`,
    'no last line feed': text.trimEnd(),
    'blank lines': `\n\n${text.replaceAll('\n', '\n \n')}`,
    'zero bytes behind the end': `${text}${'\0'.repeat(5_000)}`,
    'half a line behind the end': `${text}{"id":{"buildMet`,
    'bytes that are no UTF-8': Buffer.concat([Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from(text)]),
    'a line that is too long': `${text}{"id":{"testSummary":{"label":"${'x'.repeat(20 * 1024 * 1024)}`,
    'a line that is too deep': `${'['.repeat(100_000)}\n${text}`,
    'spaces in its JSON': whole.map((event) => JSON.stringify(event, undefined, 1).replaceAll('\n', ' ')).join('\n'),
    'every line twice': whole.flatMap((event) => [event, event]),
    'another order': whole.toReversed(),
    'events behind the last one': [...whole, of({ buildMetrics: {} }, { buildMetrics: {} })],
    'the last event on another kind': [
      bep.started(),
      ...passing(a),
      bep.finished(0),
      of({ buildToolLogs: {} }, { buildToolLogs: { log: [] }, lastMessage: true }),
    ],
    'kinds of events that nobody knows': [
      of({ somethingNew: { label: b } }, { somethingNew: { overallStatus: 'FAILED' } }),
      of({ execRequest: {} }, { execRequest: { argv: ['x'] } }),
      ...whole,
    ],
    'numbers as text': [
      bep.started(),
      bep.built(a),
      of({ testResult: { label: a, run: '1', shard: '1', attempt: '1' } }, { testResult: { status: 1 } }),
      bep.summary(a, { overallStatus: 1, runCount: '1' }),
      of({ buildFinished: {} }, { finished: { exitCode: { name: 'SUCCESS', code: '0' } } }),
      bep.last(),
    ],
    'a successful end that names no code': [
      bep.started(),
      ...passing(a),
      of({ buildFinished: {} }, { finished: { overallSuccess: true, exitCode: { name: 'SUCCESS' } } }),
      bep.last(),
    ],
    'another test that was skipped': [
      bep.started(),
      ...passing(a),
      bep.configured(b),
      bep.aborted({ targetCompleted: label(b) }, { reason: 'SKIPPED', description: 'incompatible' }),
      ...ended(0),
    ],
    'a summary under each configuration': [
      bep.started(),
      ...passing(a),
      of({ testSummary: label(a, arm) }, { testSummary: { overallStatus: 'PASSED' } }),
      ...ended(0),
    ],
    'the end of another Bazel before': [
      bep.started('zero'),
      bep.summary(b, { overallStatus: 'FAILED' }),
      ...ended(3),
      ...whole,
    ],
  };

  it.each(Object.keys(odd))('%s', async (name) => {
    const told = await explained(odd[name] ?? '', '--exit-code', '0');
    expect(told).toMatchObject({ verdict: 'passed' });
    expect(told.targets.find((target) => target.label === a)).toMatchObject({ status: 'PASSED' });
    expect(told.reason).toContain('1 test passed');
  });
});

describe('tests that are told in unusual ways', () => {
  it.each([
    ['flaky, of the summary alone', [bep.summary(a, { overallStatus: 'FLAKY', totalRunCount: 3 })], 'FLAKY', 3],
    [
      'flaky, of an old summary alone',
      [{ id: { testSummary: { label: a } }, testSummary: { overallStatus: 'FLAKY' } }],
      'FLAKY',
      2,
    ],
    ['passed, of a newer summary alone', [bep.summary(a, { overallStatus: 'PASSED', attemptCount: 1 })], 'PASSED', 1],
    [
      'flaky in one shard, from the cache',
      [
        bep.result(a, { status: 'PASSED', cachedLocally: true }),
        bep.result(a, { status: 'FLAKY', cachedLocally: true }, { shard: 2 }),
        bep.summary(a, { overallStatus: 'FLAKY', shardCount: 2, totalRunCount: 3, totalNumCached: 2 }),
      ],
      'FLAKY',
      2,
    ],
    [
      'flaky over its runs',
      [
        bep.result(a, { status: 'FAILED' }),
        bep.result(a, { status: 'PASSED' }, { run: 2 }),
        bep.summary(a, { overallStatus: 'FLAKY', runCount: 2, totalRunCount: 2, attemptCount: 2 }),
      ],
      'FLAKY',
      1,
    ],
    [
      'passed in the third attempt, without a summary',
      [1, 2, 3].map((attempt) => bep.result(a, { status: attempt === 3 ? 'PASSED' : 'TIMEOUT' }, { attempt })),
      'FLAKY',
      3,
    ],
  ])('%s', async (_, events, status, attempts) => {
    const { verdict, reason, targets } = await explained([bep.started(), ...events, ...ended(0)]);
    expect(targets).toMatchObject([{ label: a, status, attempts }]);
    expect(verdict).toBe('passed');
    expect(reason.includes('flaky')).toBe(status === 'FLAKY');
  });

  it('have as many shards as were announced', async () => {
    const { targets } = await explained([bep.built(a, 4), bep.result(a, { status: 'PASSED' }, { shard: 2 })]);
    expect(targets).toMatchObject([{ status: 'INCOMPLETE', shards: 4, attempts: 1 }]);
  });
});

describe('a verdict that is not of the tests', () => {
  it.each([
    ['an interrupt', [...passing(a), ...ended(8, 'INTERRUPTED')], [], 'cancelled'],
    [
      'an interrupt of which a wrapper told the signal',
      [...passing(a), ...ended(8, 'INTERRUPTED')],
      ['--exit-code', '143'],
      'cancelled',
    ],
    ['a signal alone', [...passing(a), ...ended(0)], ['--exit-code', '143'], 'infrastructure'],
    ['a client that was killed', [...passing(a)], ['--exit-code', '137'], 'infrastructure'],
    ['a server that was killed', [...passing(a)], ['--exit-code', '37'], 'infrastructure'],
    ['no file to speak of, and refused options', '', ['--exit-code', '2'], 'broken'],
    ['nothing', '', [], 'infrastructure'],
    ['nothing, said to be a success', '', ['--exit-code', '0'], 'infrastructure'],
    ['blank lines', '\n\n \r\n', ['--exit-code', '0'], 'infrastructure'],
    ['half a first line', '{"id":{"started":{}},"chil', ['--exit-code', '0'], 'infrastructure'],
    ['a crash after all tests had passed', [...passing(a), ...ended(0)], ['--exit-code', '37'], 'infrastructure'],
    ['a code of the build script', [], ['--exit-code', '91'], 'broken'],
    ['a code of the checkout', [], ['--exit-code', '84'], 'broken'],
    ['a package that vanished', [...passing(a), ...ended(1)], [], 'broken'],
    ['an upload of events that failed', [...passing(a), ...ended(38)], [], 'infrastructure'],
  ] as const)('%s', async (_, events, more, verdict) => {
    expect((await explained(events, ...more)).verdict).toBe(verdict);
  });
});
