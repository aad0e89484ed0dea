export interface JsonLimits {
  /** Objects and arrays within one another. */
  readonly depth: number;
  /** Values in all: each costs far more memory than its text. */
  readonly values: number;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const [openList, closeList, openMap, closeMap] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Whether a JSON text stays within limits, counted without parsing it: 24 MB of `[[],[],…` become 800 MB of objects. Of what is
 * no JSON, anything may be said: the parser refuses it.
 */
export function isWithin(text: Uint8Array, limits: JsonLimits): boolean {
  let depth = 0;
  let values = 1;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at];
    if (inString) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === comma) values += 1;
    else if (byte === openList || byte === openMap) {
      values += 1;
      depth += 1;
      if (depth > limits.depth) return false;
    } else if (byte === closeList || byte === closeMap) depth -= 1;
    if (values > limits.values) return false;
  }
  return true;
}
