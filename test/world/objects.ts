import type { ObjectStore } from '../../shared/outside/objects.ts';

/** Objects in memory. */
export function createMemoryObjects(
  now: () => Date,
): ObjectStore & { put(name: string, content: string | Uint8Array): void } {
  const objects = new Map<string, { bytes: Uint8Array<ArrayBuffer>; modifiedAt: Date }>();
  return {
    put(name, content) {
      objects.set(name, { bytes: new Uint8Array(Buffer.from(content)), modifiedAt: now() });
    },
    async read(name, { start = 0, end } = {}) {
      await Promise.resolve();
      const object = objects.get(name);
      if (object === undefined) return null;
      return { bytes: object.bytes.slice(start, end), size: object.bytes.length, modifiedAt: object.modifiedAt };
    },
    async list(prefix, { after = '', limit = Number.POSITIVE_INFINITY } = {}) {
      await Promise.resolve();
      return [...objects]
        .filter(([name]) => name.startsWith(prefix) && name > after)
        .toSorted(([left], [right]) => (left < right ? -1 : 1))
        .slice(0, limit)
        .map(([name, { bytes, modifiedAt }]) => ({ name, size: bytes.length, modifiedAt }));
    },
    async write(name, content) {
      const parts: Uint8Array[] = [];
      if (content instanceof Uint8Array) parts.push(content);
      else for await (const part of content) parts.push(part);
      objects.set(name, { bytes: new Uint8Array(Buffer.concat(parts)), modifiedAt: now() });
    },
    signedUrl: async (name) => await Promise.resolve(`https://storage.example.com/${name}`),
  };
}
