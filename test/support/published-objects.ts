import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';

const StoredObject = z.object({
  name: z.string(),
  generation: z.number(),
  attributes: z.object({ contentType: z.string(), contentEncoding: z.string().optional() }),
});

/** All objects of the local storage as it keeps them on its disk, by name, unpacked. */
export function publishedObjects(folder: string): ReadonlyMap<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  return new Map(
    files.map((file) => {
      const path = join(folder, file);
      const { name, generation, attributes } = StoredObject.parse(JSON.parse(readFileSync(path, 'utf8')));
      const bytes = readFileSync(path.replace(/json$/, String(generation)));
      const packed = attributes.contentEncoding === 'gzip' || name.endsWith('.gz');
      return [name, packed ? gunzipSync(bytes) : bytes] as const;
    }),
  );
}
