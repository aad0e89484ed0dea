/** The text of a body that somebody else wrote, or null if it has more than `maxBytes`: what is too large is not kept. */
export async function limitedText(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string | null> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += part.byteLength;
    if (size > maxBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
