/** Reflected Castagnoli polynomial (RFC 3720, appendix B.4). */
const polynomial = 0x82f63b78;

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ polynomial : value >>> 1;
  return value;
});

/**
 * CRC-32C of `chunk`, going on from the value of what came before. Cloud Storage tells it of every object, and
 * `node:zlib` has only the other CRC-32.
 */
export function crc32c(chunk: Uint8Array, previous = 0): number {
  let crc = ~previous;
  // By index: four times as fast as by iterator, and whole logs come through here.
  for (let index = 0; index < chunk.length; index++) {
    crc = (table[(crc ^ (chunk[index] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/** As Cloud Storage writes it: the four bytes, big end first, in base64. */
export function crc32cText(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}
