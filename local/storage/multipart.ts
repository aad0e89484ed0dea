import { ApiError } from './api-error.ts';

export interface Part {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** To be read to its end before the next part is asked for; what is left is skipped. */
  readonly body: AsyncGenerator<Uint8Array, void, undefined>;
}

const maxHeaderBytes = 16 * 1024;
const lineEnd = Buffer.from('\r\n');

/**
 * The parts of a multipart body (RFC 2046 §5.1), one after the other as they stream by: no more than a delimiter's
 * length of a part is held back.
 * @throws ApiError `MalformedPOSTRequest` where the body ends too early or is no multipart body
 */
export async function* readParts(
  source: AsyncIterable<Uint8Array>,
  contentType: string | undefined,
): AsyncGenerator<Part, void, undefined> {
  const delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`);
  const reader = createReader(source);
  for await (const _preamble of reader.until(delimiter)) {
    // Before the first delimiter stands nothing for us.
  }
  while ((await reader.text(lineEnd, 128)).trim() !== '--') {
    const headers = await readHeaders(reader);
    const body = reader.until(delimiter);
    yield { headers, body };
    for await (const _rest of body) {
      // What the consumer did not want.
    }
  }
}

/** A small part's whole text. @throws ApiError `MaxPostPreDataLengthExceeded` */
export async function partText(part: Part, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of part.body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new ApiError('MaxPostPreDataLengthExceeded');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function boundaryOf(contentType: string | undefined): string {
  const match = /^multipart\/[a-z-]+\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(
    contentType ?? '',
  );
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw malformed('No boundary in the Content-Type header.');
  return boundary;
}

async function readHeaders(reader: Reader): Promise<Map<string, string>> {
  const headers = new Map<string, string>();
  for (let budget = maxHeaderBytes; ;) {
    const line = await reader.text(lineEnd, budget);
    if (line === '') return headers;
    budget -= line.length;
    const colon = line.indexOf(':');
    if (colon < 1) throw malformed('Malformed header of a part.');
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
}

interface Reader {
  /** What comes before the next `delimiter`, which is taken away with it. */
  until(delimiter: Buffer): AsyncGenerator<Uint8Array, void, undefined>;
  /** The same as text. */
  text(delimiter: Buffer, maxBytes: number): Promise<string>;
}

function createReader(source: AsyncIterable<Uint8Array>): Reader {
  const chunks = source[Symbol.asyncIterator]();
  // A line end in front, so that the first delimiter looks like all others.
  let held: Buffer = Buffer.from(lineEnd);

  const until = async function* (delimiter: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const found = held.indexOf(delimiter);
      if (found !== -1) {
        const before = held.subarray(0, found);
        held = held.subarray(found + delimiter.length);
        if (before.length > 0) yield before;
        return;
      }
      const certain = Math.max(0, held.length - delimiter.length + 1);
      const before = held.subarray(0, certain);
      held = held.subarray(certain);
      if (before.length > 0) yield before;
      const next = await chunks.next();
      if (next.done === true) throw malformed('The body ends before its last boundary.');
      held = held.length === 0 ? Buffer.from(next.value) : Buffer.concat([held, next.value]);
    }
  };

  return {
    until,
    async text(delimiter, maxBytes) {
      let text = '';
      for await (const chunk of until(delimiter)) {
        text += Buffer.from(chunk).toString('latin1');
        if (text.length > maxBytes) throw malformed('A header is too long.');
      }
      return Buffer.from(text, 'latin1').toString('utf8');
    },
  };
}

function malformed(details: string): ApiError {
  return new ApiError('MalformedPOSTRequest', details);
}
