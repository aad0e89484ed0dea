import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { environment } from '../../../shared/config.ts';
import { describe, expect, it } from 'vitest';
import { createAutomaton } from '../../../runner/courier/automaton.ts';
import { createMasker } from '../../../runner/courier/mask.ts';
import { spellingsOf } from '../../../runner/courier/mask-forms.ts';

const secret = 'ghp_A/b+c=d&"e\'f 0123456789';

/** What is left of the bytes when they come in pieces that end at `cuts`. */
function masked(values: readonly string[], bytes: Buffer, cuts: readonly number[] = []): Buffer {
  const stream = createMasker(values).stream();
  const parts: Buffer[] = [];
  const keep = (part: Uint8Array) => {
    parts.push(Buffer.from(part));
  };
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    // As a reader does it: the same memory again and again.
    const window = Buffer.from(bytes.subarray(start, end));
    stream.push(window, keep);
    window.fill('#');
    start = end;
  }
  stream.end(keep);
  return Buffer.concat(parts);
}

/** The same by the plainest way there is: mark every byte of every occurrence, then write one mask for what overlaps. */
function plainlyMasked(values: readonly string[], bytes: Buffer): Buffer {
  const spans = values
    .flatMap(spellingsOf)
    .flatMap((word) => {
      const found: [number, number][] = [];
      for (let at = bytes.indexOf(word); at !== -1; at = bytes.indexOf(word, at + 1))
        found.push([at, at + word.length]);
      return found;
    })
    .sort(([a], [b]) => a - b);
  const merged: [number, number][] = [];
  for (const [start, end] of spans) {
    const last = merged.at(-1);
    if (last !== undefined && start < last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  const parts: Buffer[] = [];
  let at = 0;
  for (const [start, end] of merged) {
    parts.push(bytes.subarray(at, start), Buffer.from('***'));
    at = end;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

describe('masking', () => {
  it.each([
    ['as it is', secret],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64 after a name', Buffer.from(`user:${secret}`).toString('base64')],
    ['in base64 between others', Buffer.from(`x-access-token:${secret}@host`).toString('base64')],
    ['in base64 for URLs', Buffer.from(`>>${secret}`).toString('base64url')],
    ['in a URL', encodeURIComponent(secret)],
    ['in a form', new URLSearchParams({ x: secret }).toString().slice(2)],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['in capital hexadecimal', Buffer.from(secret).toString('hex').toUpperCase()],
    ['in XML', secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
  ])('hides a secret %s', (_name, spelling) => {
    const text = createMasker([secret]).text(`before ${spelling} after`);

    expect(text).toContain('***');
    // Of an encoding, at most the characters may be left that its neighbours have a part in.
    for (let at = 0; at + 8 <= spelling.length; at += 1) {
      const piece = spelling.slice(at, at + 8);
      if (spellingsOf(secret).some((known) => known.includes(piece))) expect(text).not.toContain(piece);
    }
  });

  it.each([
    ['printf %q', 'bash', ['-c', 'printf "%q" "$SECRET"']],
    ['a quoted word', 'bash', ['-c', 'printf "%s" "${SECRET@Q}"']],
    ['set -x', 'bash', ['-c', 'set -x; : "$SECRET"']],
    ['xxd -p', 'sh', ['-c', 'printf %s "$SECRET" | od -An -v -tx1 | tr -d " \\n"']],
    ['JSON in ASCII', 'node', ['-p', 'JSON.stringify(process.env.SECRET)']],
    ['JSON in JSON', 'node', ['-p', 'JSON.stringify(JSON.stringify(process.env.SECRET))']],
  ])('hides a secret that %s printed', (_, command, args) => {
    for (const value of [secret, `it's "a" $(secret) & \\more <than> that`, 'plain-secret-word', '#begins~so']) {
      const { stdout, stderr } = spawnSync(command === 'node' ? process.execPath : command, args, {
        env: { PATH: environment()['PATH'], SECRET: value },
        encoding: 'utf8',
      });
      expect(createMasker([value]).text(stdout + stderr)).toContain('***');
    }
  });

  it('hides each line of a secret with several lines', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n';

    expect(createMasker([key]).text('line hkiG9w0BAQEFAASC')).toBe('line ***');
    expect(createMasker([key]).text(`all ${key.trim()}`)).toBe('all ***');
  });

  it.each([64, 76])('hides a long secret in base64 that is broken into lines of %i characters', (width) => {
    const long = Array.from({ length: 40 }, (_, index) => `part ${index} of it`).join('\n');
    const wrapped =
      Buffer.from(long)
        .toString('base64')
        .match(new RegExp(`.{1,${width}}`, 'g'))
        ?.join('\n') ?? '';

    const text = createMasker([long]).text(`begin\n${wrapped}\nend`);

    expect(
      text
        .replaceAll('***\n', '')
        .split('\n')
        .filter((line) => line.length > 15),
    ).toEqual([]);
    expect(text.startsWith('begin\n***\n***')).toBe(true);
  });

  it('leaves everything else alone, and values too short to be secrets', () => {
    const bytes = Buffer.from(Array.from({ length: 1_024 }, (_, index) => index % 256));

    expect(masked(['abc', ''], bytes)).toEqual(bytes);
    expect(masked([], bytes)).toEqual(bytes);
    expect(masked([secret], bytes)).toEqual(bytes);
  });

  it('does the same wherever the stream is cut', () => {
    // Few letters, so that secrets overlap themselves and each other.
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(letters, { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(letters, fc.nat(3)), { maxLength: 30 }),
        fc.array(fc.nat(), { maxLength: 20 }),
        (values, pieces, cuts) => {
          const bytes = Buffer.from(
            pieces.map((piece) => (typeof piece === 'number' ? (values[piece] ?? ' ') : piece)).join(''),
          );
          expect(masked(values, bytes, cuts).toString()).toBe(plainlyMasked(values, bytes).toString());
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('never lets a secret through at any single cut', () => {
    const bytes = Buffer.from(`one ${secret} two ${secret}${secret} three`);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(masked([secret], bytes, [cut]).toString()).toBe('one *** two ****** three');
    }
    expect(masked([secret], bytes, Array.from(bytes.keys())).toString()).toBe('one *** two ****** three');
  });

  it('finds words that begin in the middle of others', () => {
    const { next, classOf, longestWord } = createAutomaton(['abcd', 'bc', 'c'].map((word) => Buffer.from(word)));
    let state = 0;
    const lengths = [...Buffer.from('abcxabcd')].map((byte) => {
      const after = next[state + (classOf[byte] ?? 0)] ?? 0;
      state = after < 0 ? ~after : after;
      return after < 0 ? longestWord(state) : 0;
    });

    expect(lengths).toEqual([0, 0, 2, 0, 0, 0, 2, 4]);
  });
});
