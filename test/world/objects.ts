import { gunzipSync } from 'node:zlib';
import { YbError } from '../../shared/errors.ts';
import type { ObjectStore } from '../../shared/outside/objects.ts';

interface Stored {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly modifiedAt: Date;
}

/** Objects in memory. */
export function createMemoryObjects(now: () => Date): ObjectStore & {
  put(name: string, content: string | Uint8Array): void;
  /** What stands there now, without a call. */
  peek(name: string): Uint8Array | null;
} {
  const objects = new Map<string, Stored>();
  const store = (name: string, content: Uint8Array): void => {
    objects.set(name, { bytes: new Uint8Array(content), modifiedAt: now() });
  };
  return {
    put(name, content) {
      store(name, Buffer.from(content));
    },
    peek: (name) => objects.get(name)?.bytes ?? null,
    async read(name, { start = 0, end, maxBytes = Number.POSITIVE_INFINITY } = {}) {
      if (end !== undefined && end <= start) throw new RangeError(`not a range: ${start} to ${end}`);
      await Promise.resolve();
      const object = objects.get(name);
      if (object === undefined) return null;
      const bytes = object.bytes.slice(start, end);
      if (bytes.length > maxBytes) throw new YbError('payload-too-large', `${name} has more than ${maxBytes} bytes`);
      return { bytes, size: object.bytes.length, modifiedAt: object.modifiedAt };
    },
    async list(prefix, { after, limit = Number.POSITIVE_INFINITY } = {}) {
      await Promise.resolve();
      return [...objects]
        .filter(([name]) => name.startsWith(prefix) && (after === undefined || name > after))
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .slice(0, limit)
        .map(([name, { bytes, modifiedAt }]) => ({ name, size: bytes.length, modifiedAt }));
    },
    async write(name, content, { contentEncoding }) {
      const parts: Uint8Array[] = [];
      if (content instanceof Uint8Array) parts.push(content);
      else for await (const part of content) parts.push(part);
      const whole = Buffer.concat(parts);
      // Whoever reads it sees it unpacked.
      store(name, contentEncoding === 'gzip' ? gunzipSync(whole) : whole);
    },
    signedUrl: async (name) => await Promise.resolve(`https://storage.example.com/${name}`),
  };
}
