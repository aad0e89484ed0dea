import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Part, partText, readParts } from '../../../local/storage/multipart.ts';

const contentType = 'multipart/form-data; boundary=edge';

async function* inPieces(body: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let index = 0; at < body.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    yield await Promise.resolve(body.subarray(at, at + size));
    at += size;
  }
}

async function read(
  body: Buffer,
  sizes: readonly number[] = [7],
): Promise<{ name: string | undefined; content: Buffer }[]> {
  const found: { name: string | undefined; content: Buffer }[] = [];
  for await (const part of readParts(inPieces(body, sizes), contentType)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of part.body) chunks.push(chunk);
    found.push({ name: part.headers.get('x-name'), content: Buffer.concat(chunks) });
  }
  return found;
}

function write(parts: readonly { name: string; content: Uint8Array }[], preamble = ''): Buffer {
  const written = parts.map(({ name, content }) =>
    Buffer.concat([Buffer.from(`--edge\r\nX-Name:  ${name} \r\n\r\n`), content, Buffer.from('\r\n')]),
  );
  return Buffer.concat([Buffer.from(preamble), ...written, Buffer.from('--edge--\r\nepilogue')]);
}

describe('the parts of a multipart body', () => {
  it('come out as they went in, whatever is in them and however the body is cut', async () => {
    // Of pieces that look like the ends of parts, and of anything else.
    const content = fc
      .array(fc.oneof(fc.constantFrom('\r\n', '\r\n--edg', '--edge', '\r\n--', '-', '\r'), fc.string()), {
        maxLength: 8,
      })
      .map((pieces) => pieces.join(''))
      .filter((text) => !text.includes('\r\n--edge'))
      .map((text) => Buffer.from(text));
    const parts = fc.array(fc.record({ name: fc.stringMatching(/^[a-z]{1,8}$/), content }), {
      minLength: 1,
      maxLength: 5,
    });

    await fc.assert(
      fc.asyncProperty(parts, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), async (written, sizes) => {
        expect(await read(write(written), sizes)).toEqual(written);
      }),
    );
  });

  it('may follow a preamble', async () => {
    const parts = [{ name: 'a', content: Buffer.from('b') }];

    expect(await read(write(parts, 'preamble\r\n'))).toEqual(parts);
  });

  it('may be left unread', async () => {
    const body = write([
      { name: 'a', content: Buffer.from('unread') },
      { name: 'b', content: Buffer.from('read') },
    ]);
    const texts: string[] = [];

    for await (const part of readParts(inPieces(body, [3]), contentType)) {
      if (part.headers.get('x-name') === 'b') texts.push(await partText(part, 10));
    }

    expect(texts).toEqual(['read']);
  });

  it.each([
    ['a body without an end', '--edge\r\nX-Name: a\r\n\r\nb\r\n--edg'],
    ['a body that ends within the headers', '--edge\r\nX-Name: a'],
    ['a body without a boundary', 'hello'],
    ['an empty body', ''],
    ['a header without a colon', '--edge\r\nX-Name\r\n\r\nb\r\n--edge--'],
    ['headers without an end', `--edge\r\nX-Name: ${'a'.repeat(20_000)}`],
  ])('cannot be read from %s', async (_what, body) => {
    await expect(read(Buffer.from(body))).rejects.toMatchObject({ code: 'MalformedPOSTRequest' });
  });

  it('cannot be told apart without a boundary in the type', async () => {
    const parts = readParts(inPieces(Buffer.from('x'), [1]), 'multipart/form-data');

    await expect(parts.next()).rejects.toMatchObject({ code: 'MalformedPOSTRequest' });
  });

  it('take no more text than is allowed', async () => {
    const parts = readParts(inPieces(write([{ name: 'a', content: Buffer.from('12345') }]), [50]), contentType);
    const { value } = (await parts.next()) as { value: Part };

    await expect(partText(value, 4)).rejects.toMatchObject({ code: 'MaxPostPreDataLengthExceeded' });
  });
});
