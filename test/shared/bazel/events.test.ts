import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventSnapshot } from '../../../shared/bazel/events.ts';
import { TargetsFile } from '../../../shared/run/result.ts';
import { read, reading, recording, recordings } from './recordings.ts';

/** What each recording tells: the end, then a line a target: status, attempts/shards/runs, cached, milliseconds. */
const golden: Record<string, readonly string[]> = {
  'badflag.bazel-2.1.0': ['none, complete'],
  'builderror.bazel-4.2.3': [
    '1 BUILD_FAILURE, complete',
    '//broken:compile_error_test FAILED_TO_BUILD 0/0/0',
    '//broken:nobuild_test FAILED_TO_BUILD 0/0/0',
    '//lib/text:text_test PASSED 1/1/1 cached 66',
    'Genrule of //broken:nobuild: 3 bash failed',
    'CppCompile of //broken:compile_error_test: 1 gcc failed',
  ],
  'buildstop.bazel-2.1.0': [
    '1 BUILD_FAILURE, complete',
    '//broken:compile_error_test FAILED_TO_BUILD 0/0/0',
    '//lib/math:math_test NO_STATUS 0/0/0',
    'CppCompile of //broken:compile_error_test: - -',
  ],
  'cached.bazel-4.2.3': [
    '0 SUCCESS, complete',
    '//app:calc_test PASSED 1/1/1 cached 68',
    '//docs:loud_test PASSED 1/1/1 cached 67',
    '//docs:words_test PASSED 1/1/1 cached 75',
    '//jvm/com/example/greet:GreetTest PASSED 1/1/1 cached 227',
    '//lib/math:math_test PASSED 1/1/1 cached 43',
    '//lib/text:text_test PASSED 1/1/1 cached 66',
    '//py:slug_test PASSED 1/1/1 cached 348',
  ],
  'diskcache.bazel-2.1.0': [
    '0 SUCCESS, complete',
    '//lib/math:math_test PASSED 1/1/1 linux-sandbox 214',
    '//lib/text:text_test PASSED 1/1/1 cached remote cache hit 32',
  ],
  'fail.bazel-4.2.3': [
    '3 TESTS_FAILED, complete',
    '//app:calc_test PASSED 1/1/1 cached 68',
    '//broken:fail_test FAILED 1/1/1 linux-sandbox 34',
    '//docs:loud_test PASSED 1/1/1 cached 67',
    '//docs:words_test PASSED 1/1/1 cached 75',
    '//jvm/com/example/greet:GreetTest PASSED 1/1/1 cached 227',
    '//lib/math:math_test PASSED 1/1/1 cached 43',
    '//lib/text:text_test PASSED 1/1/1 cached 66',
    '//py:slug_test PASSED 1/1/1 cached 348',
  ],
  'flaky.bazel-2.1.0': ['0 SUCCESS, complete', '//flaky:flaky_test FLAKY 2/1/1 linux-sandbox 218'],
  'flaky.bazel-4.2.3': ['0 SUCCESS, complete', '//flaky:flaky_test FLAKY 2/1/1 linux-sandbox 44'],
  'flakycached.bazel-2.1.0': ['0 SUCCESS, complete', '//flaky:flaky_test PASSED 1/1/1 cached remote cache hit 37'],
  'interrupted.bazel-2.1.0': [
    '8 INTERRUPTED, complete',
    '//broken:slow_test INCOMPLETE 0/0/0',
    '//lib/text:text_test PASSED 1/1/1 cached 32',
  ],
  'interrupted.bazel-4.2.3': [
    '8 INTERRUPTED, complete',
    '//broken:slow_test INCOMPLETE 0/0/0',
    '//lib/text:text_test PASSED 1/1/1 cached 126',
  ],
  'missingdep.bazel-2.1.0': [
    '1 BUILD_FAILURE, complete',
    '//broken:missing_dep_test FAILED_TO_BUILD 0/0/0',
    '//lib/text:text_test PASSED 1/1/1 cached 129',
    'Analysis of //broken:missing_dep_test: - because of //nowhere:x',
  ],
  'missingdepstop.bazel-2.1.0': [
    '1 PARSING_FAILURE, complete',
    '//broken:missing_dep_test FAILED_TO_BUILD 0/0/0',
    '//lib/text:text_test NO_STATUS 0/0/0',
    'Analysis of //broken:missing_dep_test: - because of //nowhere:x',
  ],
  'mixed.bazel-2.1.0': [
    '1 BUILD_FAILURE, complete',
    '//broken:crash_test FAILED 1/1/1 linux-sandbox 78',
    '//broken:fail_test FAILED 1/1/1 linux-sandbox 118',
    '//broken:nobuild_test FAILED_TO_BUILD 0/0/0',
    '//lib/text:text_test PASSED 1/1/1 linux-sandbox 129',
    'Genrule of //broken:nobuild: - -',
  ],
  'notests.bazel-4.2.3': ['4 NO_TESTS_FOUND, complete'],
  'pass.bazel-2.1.0': [
    '0 SUCCESS, complete',
    '//app:calc_test PASSED 1/1/1 linux-sandbox 44',
    '//docs:loud_test PASSED 1/1/1 linux-sandbox 36',
    '//docs:words_test PASSED 1/1/1 linux-sandbox 43',
    '//jvm/com/example/greet:GreetTest PASSED 1/1/1 linux-sandbox 89',
    '//lib/math:math_test PASSED 1/1/1 linux-sandbox 29',
    '//lib/text:text_test PASSED 1/1/1 linux-sandbox 32',
    '//py:slug_test PASSED 1/1/1 linux-sandbox 340',
  ],
  'pass.bazel-4.2.3': [
    '0 SUCCESS, complete',
    '//app:calc_test PASSED 1/1/1 linux-sandbox 68',
    '//docs:loud_test PASSED 1/1/1 linux-sandbox 67',
    '//docs:words_test PASSED 1/1/1 linux-sandbox 75',
    '//jvm/com/example/greet:GreetTest PASSED 1/1/1 linux-sandbox 227',
    '//lib/math:math_test PASSED 1/1/1 linux-sandbox 43',
    '//lib/text:text_test PASSED 1/1/1 linux-sandbox 66',
    '//py:slug_test PASSED 1/1/1 linux-sandbox 348',
  ],
  'runs.bazel-2.1.0': ['0 SUCCESS, complete', '//more:many_test PASSED 1/1/3 linux-sandbox 482'],
  'serverkilled.bazel-4.2.3': ['none, cut off', '//broken:slow_test NO_STATUS 0/0/0'],
  'sharded.bazel-4.2.3': ['3 TESTS_FAILED, complete', '//broken:sharded_test FAILED 1/3/1 linux-sandbox 131'],
  'shardflaky.bazel-2.1.0': ['0 SUCCESS, complete', '//more:shard_flaky_test FLAKY 3/2/1 local 429'],
  'syntaxerror.bazel-2.1.0': ['1 BUILD_FAILURE, complete', '//lib/text:text_test PASSED 1/1/1 cached 129'],
  'threefails.bazel-2.1.0': [
    '3 TESTS_FAILED, complete',
    '//more:always_flaky_fail_test FAILED 3/1/1 linux-sandbox 273',
  ],
  'timeout.bazel-4.2.3': ['3 TESTS_FAILED, complete', '//broken:slow_test TIMEOUT 1/1/1 linux-sandbox 3019'],
  'unknownonly.bazel-2.1.0': [
    '1 PARSING_FAILURE, complete',
    "Loading of //nowhere:all: - while parsing '//nowhere:all': no such package 'nowhere': BUILD file not found in any of the following directories. Add a BUILD file to a directory to mark it as a package.\n - /build/ws/nowhere",
  ],
  'unknowntarget.bazel-2.1.0': [
    '1 BUILD_FAILURE, complete',
    '//lib/text:text_test PASSED 1/1/1 cached 129',
    "Loading of //lib/text:nothing: - no such target '//lib/text:nothing': target 'nothing' not declared in package 'lib/text' defined by /build/ws/lib/text/BUILD",
  ],
  'uptodate.bazel-2.1.0': [
    '3 TESTS_FAILED, complete',
    '//broken:fail_test FAILED 1/1/1 cached 118',
    '//lib/text:text_test PASSED 1/1/1 cached 129',
  ],
};

function told(snapshot: EventSnapshot): string[] {
  const end = snapshot.exitCode === null ? 'none' : `${snapshot.exitCode} ${snapshot.exitName}`;
  return [
    `${end}, ${snapshot.complete ? 'complete' : 'cut off'}`,
    ...snapshot.targets.map((target) =>
      [
        target.label,
        target.status,
        `${target.attempts}/${target.shards}/${target.runs}`,
        ...(target.cached ? ['cached'] : []),
        ...(target.strategy === null ? [] : [target.strategy]),
        ...(target.durationMs === null ? [] : [target.durationMs]),
      ].join(' '),
    ),
    ...snapshot.failures.map(
      ({ type, label, exitCode, message }) => `${type} of ${label}: ${exitCode ?? '-'} ${message ?? '-'}`,
    ),
  ];
}

/** One of the recordings with the lines of its file. */
const anyRecording = fc.constantFrom(...recordings);
const lines = new Map(recordings.map((name) => [name, recording(name).split('\n')]));
const linesOf = (name: string): readonly string[] => lines.get(name) ?? [];

describe('events that Bazel wrote', () => {
  it.each(recordings)('%s tells what happened', (name) => {
    expect(told(read(recording(name)))).toEqual(golden[name]);
  });

  it('has an expectation for every recording and no other', () => {
    expect(Object.keys(golden).sort()).toEqual(recordings);
  });

  it('counts each test once, in one category', () => {
    for (const name of recordings) {
      const { counts, tests } = read(recording(name));
      const { passed, flaky, failed, timedOut, failedToBuild, incomplete, notRun } = counts;
      expect(counts.tests, name).toBe(tests.length);
      expect(passed + flaky + failed + timedOut + failedToBuild + incomplete + notRun, name).toBe(counts.tests);
      expect(counts.cached + counts.executed, name).toBeLessThanOrEqual(counts.tests);
    }
  });

  it('gives each attempt of each shard its own status, time and files', () => {
    const { targets, files } = read(recording('shardflaky.bazel-2.1.0'));
    const details = targets[0]?.details ?? [];

    expect(details.map(({ shard, attempt, status }) => [shard, attempt, status])).toEqual([
      [1, 1, 'PASSED'],
      [2, 1, 'FAILED'],
      [2, 2, 'FAILED'],
      [2, 3, 'PASSED'],
    ]);
    expect(details[0]?.startedAt).toMatch(/^20\d\d-\d\d-\d\dT.*Z$/);
    expect(files.map(({ log }) => log?.replace(/^.*\/testlogs\//, ''))).toEqual([
      'more/shard_flaky_test/shard_1_of_2/test.log',
      'more/shard_flaky_test/shard_2_of_2/test_attempts/attempt_1.log',
      'more/shard_flaky_test/shard_2_of_2/test_attempts/attempt_2.log',
      'more/shard_flaky_test/shard_2_of_2/test.log',
    ]);
  });

  it('tells where the output of a failing action lies', () => {
    const { failures, failureFiles } = read(recording('builderror.bazel-4.2.3'));

    expect(failures.map(({ label }) => label)).toEqual(['//broken:nobuild', '//broken:compile_error_test']);
    expect(failureFiles[1]?.stderr).toMatch(/^\/.*\/bazel-out\/_tmp\/actions\/stderr-\d+$/);
    expect(failureFiles[1]?.stdout).toBeNull();
  });

  it('keeps command lines, environments and paths of the machine out of what is published', () => {
    for (const name of recordings) {
      const { targets, failures } = read(recording(name));
      const published = JSON.stringify(TargetsFile.parse({ v: 1, targets, failures }));

      expect(published, name).not.toMatch(/file:|execroot|client_env|SAMPLE_MODE|genrule-setup|frandom-seed/);
    }
  });
});

describe('an event file that is not as it should be', () => {
  it('is never told as complete when it breaks off before its last event', () => {
    fc.assert(
      fc.property(anyRecording, fc.double({ min: 0, max: 1, noNaN: true }), (name, part) => {
        const whole = recording(name);
        const last = whole.lastIndexOf('"lastMessage":true');
        // Behind the value only brackets are left to come, and without them the line is no JSON.
        const end = last === -1 ? whole.length : whole.lastIndexOf('}', whole.length);
        const snapshot = read(whole.slice(0, Math.floor(part * end)));

        expect(snapshot.complete).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('tells no test as passed that did not pass in the whole file, wherever it breaks off', () => {
    fc.assert(
      fc.property(anyRecording, fc.nat(), (name, seed) => {
        const all = linesOf(name);
        const whole = new Map(read(all.join('\n')).targets.map(({ label, status }) => [label, status]));
        const { targets } = read(all.slice(0, seed % (all.length + 1)).join('\n'));

        for (const { label, status } of targets) {
          if (status === 'PASSED' || status === 'FLAKY') expect(whole.get(label), label).toBe(status);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('tells the same whatever the order of its events', () => {
    fc.assert(
      fc.property(
        anyRecording.chain((name) => {
          const all = linesOf(name);
          return fc.tuple(fc.constant(name), fc.shuffledSubarray([...all], { minLength: all.length }));
        }),
        ([name, shuffled]) => {
          const { failures, failureFiles: _, ...rest } = read(shuffled.join('\n'));
          const { failures: expectedFailures, failureFiles: __, ...expected } = read(recording(name));

          expect(rest).toEqual(expected);
          expect(new Set(failures)).toEqual(new Set(expectedFailures));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('tells the same with doubled lines, unknown events and junk between its lines', () => {
    const junk = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom(
        '{"id":{"somethingNew":{}},"somethingNew":{"label":"//a:b"}}',
        '[]',
        'null',
        '{"id":null}',
        '{}',
        '\u0000',
      ),
    );
    fc.assert(
      fc.property(anyRecording, fc.array(fc.tuple(fc.nat(), junk), { maxLength: 30 }), (name, additions) => {
        const all = [...linesOf(name)];
        for (const [at, text] of additions) all.splice(at % (all.length + 1), 0, text.replaceAll('\n', ' '));
        const doubled = all.flatMap((line) => [line, line]);

        expect(read(doubled.join('\n'))).toEqual(read(recording(name)));
      }),
      { numRuns: 100 },
    );
  });

  it('never throws, and what it tells stays within the schema, whatever a field holds', () => {
    const mutation = fc.record({ path: fc.array(fc.nat(), { maxLength: 6 }), value: fc.jsonValue() });
    fc.assert(
      fc.property(
        anyRecording,
        fc.array(fc.tuple(fc.nat(), mutation), { minLength: 1, maxLength: 20 }),
        (name, changes) => {
          const events = linesOf(name)
            .filter((line) => line !== '')
            .map((line): unknown => JSON.parse(line));
          for (const [at, { path, value }] of changes) mutate(events, at % events.length, path, value);
          const { targets, failures } = read(events);

          TargetsFile.parse({ v: 1, targets, failures });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
        read(Buffer.concat(chunks).toString('utf8'));
      }),
    );
  });
});

describe('following the events while they come', () => {
  it('tells each time what changed, so that the changes add up to the whole', () => {
    for (const name of recordings) {
      const reader = reading('');
      const known = new Map<string, unknown>();
      for (const line of linesOf(name)) {
        reader.push(line);
        for (const target of reader.changed()) known.set(target.label, target);
      }

      expect([...known.values()], name).toEqual(expect.arrayContaining(reader.snapshot().targets));
      expect(known.size, name).toBe(reader.snapshot().targets.length);
      expect(reader.changed(), name).toEqual([]);
    }
  });
});

/** Puts a value somewhere into an event. */
function mutate(events: unknown[], at: number, path: readonly number[], value: unknown): void {
  let holder: Record<string, unknown> | unknown[] = events;
  let key: string | number = at;
  for (const step of path) {
    const child: unknown = Array.isArray(holder) ? holder[Number(key)] : holder[key];
    if (typeof child !== 'object' || child === null) break;
    const keys = Object.keys(child);
    if (keys.length === 0) break;
    holder = child as Record<string, unknown>;
    key = keys[step % keys.length] ?? '';
  }
  if (Array.isArray(holder)) holder[Number(key)] = value;
  else holder[key] = value;
}
