import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import type { Clock } from '../../shared/outside/clock.ts';
import { parseJson } from '../../shared/json.ts';
import { ApiError } from './api-error.ts';
import { crc32c, crc32cText } from '../../shared/crc32c.ts';
import { createNameIndex } from './name-index.ts';

const Attributes = z.object({
  contentType: z.string(),
  contentEncoding: z.string().optional(),
  contentDisposition: z.string().optional(),
  cacheControl: z.string().optional(),
  /** `x-goog-meta-*` */
  metadata: z.record(z.string(), z.string()).optional(),
});
/** What whoever uploads an object says about it. */
export type Attributes = z.output<typeof Attributes>;

const StoredObject = z.object({
  bucket: z.string(),
  name: z.string(),
  generation: z.number().int(),
  metageneration: z.number().int(),
  size: z.number().int(),
  md5: z.string(),
  crc32c: z.string(),
  createdAt: z.string(),
  attributes: Attributes,
});
/** An object as it stands beside its bytes on the disk. */
export type StoredObject = Readonly<z.output<typeof StoredObject>>;

export interface Upload {
  readonly bucket: string;
  readonly name: string;
  readonly attributes: Attributes;
  readonly content: AsyncIterable<Uint8Array>;
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Zero: there must be no such object yet. */
  readonly ifGenerationMatch?: number | undefined;
}

/** Objects as files. An object is whole or not there: it appears with one rename, and what is half written never shows. */
export interface ObjectFiles {
  /** @throws ApiError `NoSuchBucket` */
  find(bucket: string, name: string): StoredObject | undefined;
  /** Names from `from` on, in the order of their UTF-8 bytes. */
  namesFrom(bucket: string, from: string): Iterable<string>;
  /** Streams the content to the disk and makes it the object's newest generation, in place of the one before. */
  write(upload: Upload): Promise<StoredObject>;
  /** The bytes from `start` to before `end`. What was asked for is read even if the object is replaced meanwhile. */
  read(object: StoredObject, range?: { readonly start: number; readonly end: number }): Readable;
  remove(bucket: string, name: string): boolean;
}

/** Opens the objects under `dir`, with what an earlier server left there, and throws away what it did not finish. */
export async function openObjectFiles(options: {
  readonly dir: string;
  readonly buckets: readonly string[];
  readonly clock: Clock;
}): Promise<ObjectFiles> {
  const { dir, clock } = options;
  const uploads = join(dir, 'uploads');
  await rm(uploads, { recursive: true, force: true });
  await mkdir(uploads, { recursive: true });

  const buckets = new Map<string, ReturnType<typeof createNameIndex<StoredObject>>>();
  let lastGeneration = 0;
  for (const bucket of options.buckets) {
    const objects = await load(join(dir, bucket));
    buckets.set(bucket, createNameIndex(objects.map((object) => [object.name, object])));
    for (const object of objects) lastGeneration = Math.max(lastGeneration, object.generation);
  }

  const indexOf = (bucket: string): ReturnType<typeof createNameIndex<StoredObject>> => {
    const index = buckets.get(bucket);
    if (index === undefined) throw new ApiError('NoSuchBucket');
    return index;
  };
  const pathOf = (bucket: string, name: string): string => {
    const hash = createHash('sha256').update(name).digest('hex');
    return join(dir, bucket, hash.slice(0, 2), hash);
  };
  const dataPath = (object: StoredObject): string => `${pathOf(object.bucket, object.name)}.${object.generation}`;

  /** No `await` in here: the check of the precondition and the change are one step. */
  const commit = (upload: Upload, received: Received, file: string): StoredObject => {
    const index = indexOf(upload.bucket);
    const before = index.get(upload.name);
    if (upload.ifGenerationMatch !== undefined && upload.ifGenerationMatch !== (before?.generation ?? 0)) {
      throw new ApiError('PreconditionFailed');
    }
    const now = clock.now();
    // Microseconds, as Google's are; they grow even if the clock does not.
    lastGeneration = Math.max(lastGeneration + 1, now.getTime() * 1000);
    const object: StoredObject = {
      bucket: upload.bucket,
      name: upload.name,
      generation: lastGeneration,
      metageneration: 1,
      ...received,
      createdAt: now.toISOString(),
      attributes: upload.attributes,
    };
    const record = `${file}.json`;
    writeFileSync(record, JSON.stringify(object));
    renameSync(file, dataPath(object));
    renameSync(record, `${pathOf(object.bucket, object.name)}.json`);
    index.set(object.name, object);
    if (before !== undefined) rmSync(dataPath(before), { force: true });
    return object;
  };

  return {
    find: (bucket, name) => indexOf(bucket).get(name),
    namesFrom: (bucket, from) => indexOf(bucket).namesFrom(from),

    async write(upload) {
      indexOf(upload.bucket);
      checkName(upload.name);
      const file = join(uploads, randomUUID());
      try {
        const received = await receive(upload, file);
        await mkdir(dirname(pathOf(upload.bucket, upload.name)), { recursive: true });
        return commit(upload, received, file);
      } finally {
        await rm(file, { force: true });
        await rm(`${file}.json`, { force: true });
      }
    },

    read(object, range) {
      // Opened here and now: a later open could meet a newer generation's deletion of this file.
      const fd = openSync(dataPath(object), 'r');
      return createReadStream('', range === undefined ? { fd } : { fd, start: range.start, end: range.end - 1 });
    },

    remove(bucket, name) {
      const object = indexOf(bucket).get(name);
      if (object === undefined) return false;
      rmSync(`${pathOf(bucket, name)}.json`);
      rmSync(dataPath(object), { force: true });
      indexOf(bucket).delete(name);
      return true;
    },
  };
}

/** https://cloud.google.com/storage/docs/objects#naming */
function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > 1024 || /[\r\n]/.test(name) || name === '.' || name === '..') {
    throw new ApiError('InvalidArgument', 'Invalid object name.');
  }
}

interface Received {
  readonly size: number;
  readonly md5: string;
  readonly crc32c: string;
}

async function receive(upload: Upload, file: string): Promise<Received> {
  const md5 = createHash('md5');
  let size = 0;
  let crc = 0;
  const measured = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      size += chunk.byteLength;
      if (upload.maxBytes !== undefined && size > upload.maxBytes) throw new ApiError('EntityTooLarge');
      md5.update(chunk);
      crc = crc32c(chunk, crc);
      yield chunk;
    }
  };
  // Opened here and now: a stream that fails before it has opened its file would make it after it was taken away.
  await pipeline(upload.content, measured, createWriteStream(file, { fd: openSync(file, 'w') }));
  if (upload.minBytes !== undefined && size < upload.minBytes) throw new ApiError('EntityTooSmall');
  return { size, md5: md5.digest('base64'), crc32c: crc32cText(crc) };
}

/** Reads a bucket's records, and removes bytes that no record names: a former server ended between two renames. */
async function load(bucketDir: string): Promise<StoredObject[]> {
  await mkdir(bucketDir, { recursive: true });
  const objects: StoredObject[] = [];
  for (const shard of await readdir(bucketDir)) {
    const files = await readdir(join(bucketDir, shard));
    const known = new Set<string>();
    for (const file of files.filter((name) => name.endsWith('.json'))) {
      const text = await readFile(join(bucketDir, shard, file), 'utf8');
      const object = parseJson(StoredObject, text, { what: `stored object ${file}`, code: 'malformed-document' });
      objects.push(object);
      known.add(file).add(`${file.slice(0, -'.json'.length)}.${object.generation}`);
    }
    for (const file of files) if (!known.has(file)) await rm(join(bucketDir, shard, file), { force: true });
  }
  return objects;
}
