import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventSnapshot } from '../../../shared/bazel/events.ts';
import { TargetsFile } from '../../../shared/attempt/result.ts';
import { golden } from './golden.ts';
import { read, reading, recording, recordings } from './recordings.ts';

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
