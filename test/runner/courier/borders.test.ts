import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/clock.ts';
import { createSetting, until } from './courier-rig.ts';

const secret = 'p4ss/w+rd&"of a\'user"=42';
const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----';
/** Of these bytes a window is read, and a chunk has as many at first. */
const border = 256 * 1024;

const base64 = (before: string) => Buffer.from(`${before}${secret}`).toString('base64');
const spellings: readonly (readonly [string, string, string])[] = [
  ['as it is', secret, secret],
  ['in base64', base64(''), base64('').slice(0, -4)],
  ['in base64 one byte further', base64('x'), base64('x').slice(4, -4)],
  ['in base64 two bytes further', base64('xy'), base64('xy').slice(4, -4)],
  ['in a URL', encodeURIComponent(secret), encodeURIComponent(secret)],
  ['in a form', new URLSearchParams({ s: secret }).toString().slice(2), 'p4ss%2Fw'],
  ['with several lines', key, 'MIIEvQIBADANBgkq'],
  ['a line of several', 'hkiG9w0BAQEFAASC', 'hkiG9w0BAQEFAASC'],
];

describe('a secret over a border', () => {
  it.each(spellings)('of windows and chunks is masked %s', async (_, spelling, mark) => {
    const { run, start, chunks, archive, writeExit } = await createSetting();
    const offsets = [1, 2, Math.floor(spelling.length / 2), spelling.length - 1, spelling.length];
    let log = '';
    for (const [index, offset] of offsets.entries()) {
      log += `${'.'.repeat(border * (index + 1) - offset - log.length)}${spelling}`;
    }
    writeFileSync(join(run, 'log'), `${log}\nend\n`);
    writeExit();

    await start({ secrets: [secret, key] }).stop();

    const parts = (await chunks()).map((chunk) => chunk.toString());
    expect(log.split(mark)).toHaveLength(offsets.length + 1);
    for (const text of [...parts, parts.join(''), (await archive()).toString()]) {
      expect(text.includes(mark)).toBe(false);
      // Nor any part of it.
      for (let at = 0; at + 8 <= mark.length; at += 1) expect(text.includes(mark.slice(at, at + 8))).toBe(false);
    }
    expect(parts.join('').split('***').length).toBeGreaterThan(offsets.length);
    expect(parts.join('').endsWith('\nend\n')).toBe(true);
  });

  it.each(spellings)('of two moments is masked %s', async (_, spelling, mark) => {
    const { run, start, chunks, writeExit } = await createSetting();
    const courier = start({ secrets: [secret, key], sendMs: 1 });
    const half = Math.floor(spelling.length / 2);
    appendFileSync(join(run, 'log'), `first\n${spelling.slice(0, half)}`);
    await until(async () => (await chunks()).length > 0);
    await systemClock.sleep(40);
    appendFileSync(join(run, 'log'), `${spelling.slice(half)}\nend\n`);
    writeExit();
    await courier.stop();

    const text = Buffer.concat(await chunks()).toString();
    expect(text).toContain('***');
    expect(text.includes(mark)).toBe(false);
    expect(text.startsWith('first\n')).toBe(true);
  });
});
