import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLogRecord } from '../../../runner/courier/log-record.ts';
import { readIndex } from '../../../shared/logs/archive.ts';
import { indexLimits, LogIndex, unpackTimes } from '../../../shared/attempt/log-index.ts';
import { createSetting, logs, runId, until } from './courier-rig.ts';

const esc = '\u001b';
const second = 1_800_000_000;
const at = (seconds: number): Date => new Date((second + seconds) * 1_000);

function landmarksOf(text: string): LogIndex['landmarks'] {
  const record = createLogRecord({ times: [] });
  record.close(Buffer.from(text));
  return record.index({ ended: true }).landmarks;
}

describe('what a courier notes of a log', () => {
  it.each([
    ['a\nERROR: b\nc', [{ line: 2, text: 'ERROR: b' }]],
    [`${esc}[31m${esc}[1mFAIL: ${esc}[0m//a:b (see x)\n`, [{ line: 1, text: 'FAIL: //a:b (see x)' }]],
    ['not an ERROR: b\n', []],
    [
      'TIMEOUT: //a:b\r\nFATAL: x\n',
      [
        { line: 1, text: 'TIMEOUT: //a:b' },
        { line: 2, text: 'FATAL: x' },
      ],
    ],
    ['ERROR: \u0000\u0007x\n', [{ line: 1, text: 'ERROR:   x' }]],
    [`${' '.repeat(40)}ERROR: x\n`, []],
  ])('of %j are the failures %j', (text, landmarks) => {
    expect(landmarksOf(text)).toEqual(landmarks);
  });

  it('are numbers that go on from chunk to chunk', () => {
    const record = createLogRecord({ times: [] });
    expect(record.close(Buffer.from('a\nb\nERROR: 3\n'))).toBe(3);
    expect(record.close(Buffer.from('d'))).toBe(0);
    expect(record.close(Buffer.from('\nERROR: 5\n'))).toBe(2);
    record.lose(2);
    expect(record.index({ ended: true })).toEqual({
      v: 1,
      ended: true,
      chunks: [
        [13, 3],
        [1, 0],
        [10, 2],
      ],
      missing: [2],
      times: [],
      landmarks: [
        { line: 3, text: 'ERROR: 3' },
        { line: 5, text: 'ERROR: 5' },
      ],
    });
  });

  it('is one time a second, and goes on from what was remembered', () => {
    const record = createLogRecord({ times: [{ offset: 0, second }] });
    expect(record.read(0, at(9))).toBeNull();
    expect(record.read(10, at(0))).toBeNull();
    expect(record.read(20, at(4))).toEqual({ offset: 20, second: second + 4 });
    expect(record.read(30, at(4))).toBeNull();
    expect(unpackTimes(record.index({ ended: false }).times)).toEqual([
      { offset: 0, second },
      { offset: 20, second: second + 4 },
    ]);
  });

  it('has a limit, whatever the log', () => {
    const record = createLogRecord({ times: [] });
    for (let number = 0; number < indexLimits.chunks + 5; number += 1) record.close(Buffer.from('ERROR: x\n'));
    for (let number = 1; number < 40_000; number += 1) record.read(number, at(number));
    const index = LogIndex.parse(record.index({ ended: true }));
    expect(index.ended).toBe(false);
    expect(index.landmarks).toHaveLength(indexLimits.landmarks);
    expect(index.times.length).toBeGreaterThan(indexLimits.times / 4);
    expect(JSON.stringify(index).length).toBeLessThan(indexLimits.bytes);
  });

  it('is in the storage while the build runs, and whole at its end', async () => {
    const { run, start, writeExit, storage, arrivals, chunks } = await createSetting();
    const courier = start();
    const source = { store: storage.store, runId, attempt: 1 };
    appendFileSync(join(run, 'log'), 'one\n');
    await until(async () => ((await readIndex(source))?.times.length ?? 0) > 0);
    writeFileSync(join(run, 'log'), `one\n${'ERROR: two\n'.repeat(3)}`);
    await until(async () => Buffer.concat(await chunks()).includes('two'));
    writeExit();
    const result = await courier.stop();
    const index = await readIndex(source);
    expect(index).toMatchObject({ ended: true, chunks: [[37, 4]], missing: [] });
    expect(index?.landmarks.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect(result).toMatchObject({ complete: true, chunks: 1, lines: 4, bytes: 37 });
    expect(arrivals).toContain(`${logs}index.json`);
  });

  it('does not hold up the log: a slow one is few objects however long it takes', async () => {
    const { run, start, writeExit, chunks } = await createSetting();
    const courier = start({ sendMs: 5, lookMs: 1 });
    for (let line = 0; line < 40; line += 1) {
      const text = `line ${line}\n`;
      appendFileSync(join(run, 'log'), text);
      await until(async () => Buffer.concat(await chunks()).includes(text));
    }
    writeExit();
    expect(await courier.stop()).toMatchObject({ chunks: 1, lines: 40, complete: true });
    expect(await chunks()).toHaveLength(1);
  });
});
