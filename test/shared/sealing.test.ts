import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../shared/clock.ts';
import { parseKeyRing, seal, unseal } from '../../shared/sealing.ts';

const key = (id: string, byte: number): string => `${id}:${Buffer.alloc(32, byte).toString('base64')}`;
const ring = parseKeyRing(key('k1', 1), 'test');
const random = systemRandom;

describe('a sealed secret', () => {
  it('opens with its ring for its own document, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        fc.string(),
        (plain, place) => {
          expect(unseal({ ring, place, sealed: seal({ ring, place, plain, random }) })).toBe(plain);
        },
      ),
    );
  });

  it('opens for no other document', () => {
    const sealed = seal({ ring, place: 'repos/1', plain: 'secret', random });
    expect(() => unseal({ ring, place: 'repos/2', sealed })).toThrow('cannot be opened');
  });

  it('is refused as soon as one character of it is changed', () => {
    const sealed = seal({ ring, place: 'repos/1', plain: 'secret', random });
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.constantFrom('A', 'b', '0', '.', '-', '_'), (at, character) => {
        const altered = sealed.slice(0, at) + character + sealed.slice(at + 1);
        // Base64 has spare bits at its end: another spelling of the same bytes is the same secret.
        const same = Buffer.from(altered.slice(3), 'base64url').equals(Buffer.from(sealed.slice(3), 'base64url'));
        if (altered.startsWith('k1.') && same) return;
        expect(() => unseal({ ring, place: 'repos/1', sealed: altered })).toThrow('cannot be opened');
      }),
    );
  });

  it('is another one each time', () => {
    const once = (): string => seal({ ring, place: 'repos/1', plain: 'secret', random });
    expect(once()).not.toBe(once());
  });

  it('still opens after a new key was put in front, and no longer when its key is gone', () => {
    const sealed = seal({ ring, place: 'repos/1', plain: 'secret', random });
    const both = parseKeyRing(`${key('k2', 2)},${key('k1', 1)}`, 'test');
    expect(unseal({ ring: both, place: 'repos/1', sealed })).toBe('secret');
    expect(seal({ ring: both, place: 'repos/1', plain: 'x', random })).toMatch(/^k2\./);
    expect(() => unseal({ ring: parseKeyRing(key('k2', 2), 'test'), place: 'repos/1', sealed })).toThrow(
      'cannot be opened',
    );
  });
});

describe('a key ring', () => {
  it.each(['', 'k1', 'k1:short', 'K1:AAAA', `k1:${Buffer.alloc(31).toString('base64')}`])(
    'is refused when it is %j',
    (text) => {
      expect(() => parseKeyRing(text, 'YB_KEYS')).toThrow(/^YB_KEYS: /);
    },
  );
});
