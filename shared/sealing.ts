import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { Key } from './outside/keys.ts';
import type { Random } from './outside/random.ts';
import { YbError } from './errors.ts';

/**
 * A ring of sealing keys: the first seals, all of them open, so that a key is replaced by putting the new one in front
 * and taking the old one away when nothing sealed with it is left.
 */
export interface KeyRing {
  readonly keys: readonly SealingKey[];
}

export interface SealingKey {
  /** 1 to 16 characters of [a-z0-9-]; stands in front of what the key sealed. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

const nonceBytes = 12;
const tagBytes = 16;

/** Reads `id:base64,id:base64`. @throws YbError `bad-settings` */
export function parseKeyRing(text: string, what: string): KeyRing {
  const keys = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^([a-z0-9-]{1,16}):([A-Za-z0-9+/]+={0,2})$/.exec(part);
      const [, id, encoded] = match ?? [];
      const key = Buffer.from(encoded ?? '', 'base64');
      if (id === undefined || key.length !== 32) {
        throw new YbError('bad-settings', `${what}: each key is written as "id:<32 bytes in base64>"`);
      }
      return { id, key };
    });
  if (keys.length === 0) throw new YbError('bad-settings', `${what}: no key is given`);
  return { keys };
}

/**
 * Seals `plain` with AES-256-GCM under a random nonce (NIST SP 800-38D). `place` is the path of the document that will
 * hold it and is authenticated: what was sealed for one document opens in no other.
 */
export function seal(options: {
  readonly ring: KeyRing;
  readonly place: string;
  readonly plain: string;
  readonly random: Random;
}): string {
  const [current] = options.ring.keys;
  if (current === undefined) throw new YbError('bad-settings', 'no sealing key');
  const nonce = options.random.bytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', current.key, nonce).setAAD(Buffer.from(options.place));
  const sealed = Buffer.concat([nonce, cipher.update(options.plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${current.id}.${sealed.toString('base64url')}`;
}

/** Opens what {@link seal} made for the same `place`. @throws YbError `unreadable-secret`, which never tells why. */
export function unseal(options: { readonly ring: KeyRing; readonly place: string; readonly sealed: string }): string {
  const dot = options.sealed.indexOf('.');
  const key = options.ring.keys.find(({ id }) => id === options.sealed.slice(0, Math.max(dot, 0)));
  const bytes = Buffer.from(options.sealed.slice(dot + 1), 'base64url');
  if (key === undefined || bytes.length < nonceBytes + tagBytes) throw unreadable();
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
      .setAAD(Buffer.from(options.place))
      .setAuthTag(bytes.subarray(-tagBytes));
    const opened = [decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()];
    return Buffer.concat(opened).toString('utf8');
  } catch {
    throw unreadable();
  }
}

/**
 * Says whether two values are the same to whoever has the ring, and nothing to anybody else. Of the same value in another place it is
 * another one.
 */
export interface Fingerprints {
  of(place: string, plain: string): string;
  /** Also of one that was made with an older key of the ring. */
  fits(place: string, plain: string, fingerprint: string | null): boolean;
}

export function createFingerprints(ring: KeyRing): Fingerprints {
  const made = ({ id, key }: SealingKey, place: string, plain: string): string => {
    const text = JSON.stringify(['fingerprint', place, plain]);
    return `${id}.${createHmac('sha256', key).update(text).digest('base64url')}`;
  };
  return {
    of(place, plain) {
      const [current] = ring.keys;
      if (current === undefined) throw new YbError('bad-settings', 'no sealing key');
      return made(current, place, plain);
    },
    fits: (place, plain, fingerprint) => ring.keys.some((key) => made(key, place, plain) === fingerprint),
  };
}

function unreadable(): YbError {
  return new YbError('unreadable-secret', 'a sealed value cannot be opened with the keys at hand');
}

/** A {@link Key} out of a ring at hand. */
export function createKey(ring: KeyRing, random: Random): Key {
  return {
    seal: async (place, plain) => await Promise.resolve(seal({ ring, place, plain, random })),
    // Not `async` alone: a value that cannot be opened is a rejection, never a throw.
    open: async (place, sealed) => await Promise.resolve().then(() => unseal({ ring, place, sealed })),
  };
}
