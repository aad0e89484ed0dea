import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AttemptRef,
  buildLogName,
  liveName,
  liveNumber,
  livePrefix,
  logPrefix,
  profileName,
  signalName,
  signalOf,
  targetsName,
  testFile,
  testFileBelow,
  testFileName,
} from '../../../shared/attempt/layout.ts';
import { decodeJobEvent } from '../../../shared/messages/codec.ts';

const runId = 'abcdefghijklmnopqrstuvwxyz';
const ref: AttemptRef = { runId, attempt: 3 };

describe("the names of an attempt's objects", () => {
  it('are these, for good: what is archived is found by them for years', () => {
    expect([
      signalName(ref, 'started'),
      signalName(ref, 'result'),
      liveName(ref, 'chunk', 1),
      liveName(ref, 'targets', 123_456),
      buildLogName(ref),
      targetsName(ref),
      profileName(ref),
      testFileName(ref, { number: 7, file: 'log' }),
      testFileName(ref, { number: 7, file: 'xml' }),
    ]).toEqual([
      `signals/${runId}/3/started.json`,
      `signals/${runId}/3/result.json`,
      `logs/${runId}/3/chunk-000001.log`,
      `logs/${runId}/3/targets-123456.json`,
      `logs/${runId}/3/build.log`,
      `logs/${runId}/3/targets.json`,
      `logs/${runId}/3/profile.gz`,
      `logs/${runId}/3/tests/7/test.log`,
      `logs/${runId}/3/tests/7/test.xml`,
    ]);
  });

  it.each([
    [{ runId: 'short', attempt: 1 }],
    [{ runId: runId.toUpperCase(), attempt: 1 }],
    [{ runId: `../${runId.slice(3)}`, attempt: 1 }],
    [{ runId, attempt: 0 }],
    [{ runId, attempt: 100 }],
    [{ runId, attempt: 1.5 }],
  ])('are not made for %j', (bad) => {
    expect(() => logPrefix(bad)).toThrow(expect.objectContaining({ code: 'bad-request' }));
    expect(() => buildLogName(bad)).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });

  it.each([0, -1, 1.5, 1_000_000])('are not made for the number %d', (number) => {
    expect(() => liveName(ref, 'chunk', number)).toThrow(RangeError);
  });
});

describe('a name that was read', () => {
  it('tells the watcher whose signal it is', () => {
    const told = (name: string): unknown =>
      decodeJobEvent('signals', { id: '1', text: '{}', attributes: { eventType: 'OBJECT_FINALIZE', objectId: name } });

    expect(told(signalName(ref, 'result'))).toEqual({ v: 1, type: 'signal', runId, attempt: 3, signal: 'result' });
    expect(told(signalName({ runId, attempt: 99 }, 'started'))).toMatchObject({ attempt: 99, signal: 'started' });
    expect(() => told(buildLogName(ref))).toThrow(expect.objectContaining({ code: 'malformed-message' }));
  });

  it('tells the number of a live object of its kind', () => {
    expect(liveNumber(liveName(ref, 'chunk', 42), 'chunk')).toBe(42);
    expect(liveNumber(liveName(ref, 'targets', 42), 'targets')).toBe(42);
    expect(liveNumber(liveName(ref, 'targets', 42), 'chunk')).toBeNull();
    expect(liveNumber(targetsName(ref), 'targets')).toBeNull();
    expect(liveNumber(`${logPrefix(ref)}chunk-42.log`, 'chunk')).toBeNull();
    expect(liveNumber(`${logPrefix(ref)}chunk-000042.json`, 'chunk')).toBeNull();
    expect(liveName(ref, 'chunk', 42).startsWith(livePrefix(ref, 'chunk'))).toBe(true);
    expect(targetsName(ref).startsWith(livePrefix(ref, 'targets'))).toBe(false);
  });

  it("leads from a result to a test's file of the same attempt, and to nothing else", () => {
    const below = testFile({ number: 7, file: 'log' });

    expect(testFileBelow(ref, below)).toBe(testFileName(ref, { number: 7, file: 'log' }));
    for (const other of [
      'build.log',
      '../4/tests/7/test.log',
      'tests/7/../../x/test.log',
      'tests/7/test.log?',
      '/tests/7/test.log',
    ]) {
      expect(testFileBelow(ref, other)).toBeNull();
    }
  });
});

describe('the name of a signal', () => {
  const ref = fc.record({
    runId: fc.stringMatching(/^[a-z0-9]{26}$/),
    attempt: fc.integer({ min: 1, max: 99 }),
  });

  it('leads back to what it tells', () => {
    fc.assert(
      fc.property(ref, fc.constantFrom('started', 'result'), (attempt, signal) => {
        expect(signalOf(signalName(attempt, signal))).toEqual({ ...attempt, signal });
      }),
    );
  });

  it('is no other name', () => {
    fc.assert(
      fc.property(ref, fc.string(), (attempt, more) => {
        const name = signalName(attempt, 'result');
        for (const other of [`${name}${more}x`, `x${more}${name}`, name.replace('signals', 'logs')]) {
          expect(signalOf(other)).toBeNull();
        }
      }),
    );
  });
});
