import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { crc32c, crc32cText } from '../../../shared/crc32c.ts';
import { type ObjectFiles, openObjectFiles, type StoredObject } from '../../../local/storage/object-files.ts';
import { createManualClock } from '../../world/clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const bucket = 'a-bucket';
const clock = createManualClock();

async function open(dir: string): Promise<ObjectFiles> {
  return await openObjectFiles({ dir, buckets: [bucket], clock });
}

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

async function write(files: ObjectFiles, name: string, text: string): Promise<StoredObject> {
  return await files.write({ bucket, name, attributes: { contentType: 'text/plain' }, content: pieces(text) });
}

async function read(files: ObjectFiles, name: string): Promise<string | undefined> {
  const object = files.find(bucket, name);
  return object === undefined ? undefined : (await buffer(files.read(object))).toString();
}

/** Everything in the folder, but for the folders themselves. */
function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe('objects on the disk', () => {
  it('are still there for the next server, with all that is known of them', async () => {
    const dir = temporaryFolder();
    const first = await open(dir);
    await write(first, 'a', 'one');
    const written = await first.write({
      bucket,
      name: 'a',
      attributes: { contentType: 'text/x', contentEncoding: 'gzip', metadata: { run: 'r1' } },
      content: pieces('tw', 'o'),
    });

    const second = await open(dir);

    expect(second.find(bucket, 'a')).toEqual(written);
    expect(await read(second, 'a')).toBe('two');
    expect((await write(second, 'a', 'three')).generation).toBeGreaterThan(written.generation);
  });

  it('take names that no file could have', async () => {
    const names = [
      'a',
      'A',
      'a/b',
      'a/',
      '../../etc/passwd',
      '.../..',
      'ü\u{1f600}'.repeat(100),
      'a\u0000b',
      'x'.repeat(1024),
    ];
    const dir = temporaryFolder();
    const files = await open(dir);

    for (const name of names) await write(files, name, `content of ${name}`);

    const again = await open(dir);
    for (const name of names) expect(await read(again, name)).toBe(`content of ${name}`);
    expect(filesIn(dir)).toHaveLength(2 * names.length);
  });

  it.each(['', '.', '..', 'a\nb', 'a\rb', 'x'.repeat(1025)])('refuse the name %j', async (name) => {
    const files = await open(temporaryFolder());

    await expect(write(files, name, 'x')).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  it('appear only when they are whole', async () => {
    const dir = temporaryFolder();
    const files = await open(dir);
    await write(files, 'a', 'one');
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield* pieces('tw');
      throw new Error('the line is cut');
    };

    const writing = files.write({ bucket, name: 'a', attributes: { contentType: 'x/y' }, content: broken() });

    await expect(writing).rejects.toThrow('the line is cut');
    expect(await read(files, 'a')).toBe('one');
    expect(filesIn(dir)).toHaveLength(2);
  });

  it('are rid of what a killed server left half done', async () => {
    const dir = temporaryFolder();
    const object = await write(await open(dir), 'a', 'one');
    const [record = ''] = filesIn(dir).filter((file) => file.endsWith('.json'));
    writeFileSync(record.replace(/json$/, String(object.generation + 1)), 'two, but without its record');
    mkdirSync(join(dir, 'uploads'), { recursive: true });
    writeFileSync(join(dir, 'uploads', 'three'), 'thr');

    const files = await open(dir);

    expect(await read(files, 'a')).toBe('one');
    expect(filesIn(dir)).toHaveLength(2);
  });

  it('are written over by one of several at once, whole', async () => {
    const dir = temporaryFolder();
    const files = await open(dir);
    const contents = Array.from({ length: 8 }, (_, index) => String(index).repeat(10_000));

    const written = await Promise.all(contents.map(async (content) => await write(files, 'a', content)));

    const last = written.reduce((a, b) => (a.generation > b.generation ? a : b));
    expect(files.find(bucket, 'a')).toEqual(last);
    expect(contents).toContain(await read(files, 'a'));
    expect(filesIn(dir)).toHaveLength(2);
  });

  it('are made by one of several that want to be the first', async () => {
    const files = await open(temporaryFolder());

    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, async () => {
        const content = pieces('x');
        return await files.write({
          bucket,
          name: 'a',
          attributes: { contentType: 'x/y' },
          content,
          ifGenerationMatch: 0,
        });
      }),
    );

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('are gone when they are removed', async () => {
    const dir = temporaryFolder();
    const files = await open(dir);
    await write(files, 'a', 'one');

    expect([files.remove(bucket, 'a'), files.remove(bucket, 'a')]).toEqual([true, false]);

    expect(files.find(bucket, 'a')).toBeUndefined();
    expect(filesIn(dir)).toEqual([]);
  });

  it('carry the checksums of their bytes', async () => {
    const files = await open(temporaryFolder());

    const { md5, crc32c: checksum, size } = await write(files, 'a', '123456789');

    expect({ md5, checksum, size }).toEqual({ md5: 'JfnnlDI7RTiF9RgfG2JNCw==', checksum: '4waSgw==', size: 9 });
  });
});

describe('CRC-32C', () => {
  it('is what the standard says, at once and in pieces', () => {
    const bytes = Buffer.from('123456789');

    expect(crc32c(bytes)).toBe(0xe3069283);
    expect(crc32c(bytes.subarray(4), crc32c(bytes.subarray(0, 4)))).toBe(0xe3069283);
    expect(crc32cText(crc32c(Buffer.alloc(32)))).toBe('ipE2qg==');
    expect(crc32c(Buffer.alloc(0))).toBe(0);
  });
});
