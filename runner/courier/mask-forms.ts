/** Shorter values are words of any log: masking them would hide more than it protects. */
const shortestValue = 4;

/** Shorter pieces of an encoding turn up by chance. */
const shortestEncoded = 8;

/** Where programs break base64 into lines: `base64` and MIME, and OpenSSL and PEM. */
const wrapWidths = [76, 64];

/** Longer values are masked as they are and line by line, without their encodings. */
const longestEncoded = 4_096;

/** Every spelling in which a secret may stand in what a build says: as it is, line by line, quoted, encoded. */
export function spellingsOf(value: string): Buffer[] {
  const spellings = new Set<string>([value, value.trim()]);
  for (const line of value.split('\n')) if (line.trim().length >= shortestEncoded) spellings.add(line.trim());
  if (value.length <= longestEncoded) {
    for (const plain of [value, value.trim()]) {
      for (const spelling of [...encodedInUrls(plain), ...quoted(plain), ...quotedInShells(plain)])
        spellings.add(spelling);
      for (const spelling of [...encodedInBase64(plain), ...encodedInHex(plain)]) {
        if (spelling.length >= shortestEncoded) spellings.add(spelling);
      }
      for (const spelling of wrappedInBase64(plain)) spellings.add(spelling);
    }
  }
  return [...spellings].map((spelling) => Buffer.from(spelling)).filter((bytes) => bytes.length >= shortestValue);
}

function encodedInUrls(plain: string): string[] {
  const encoded = encodeURIComponent(plain.toWellFormed());
  const strict = encoded.replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return [encoded, strict].flatMap((text) => [
    text,
    text.replaceAll('%20', '+'),
    text.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  ]);
}

/** As JSON and XML write it inside of their texts: JSON also as Go (for HTML) and Python (in ASCII) do, and within JSON. */
function quoted(plain: string): string[] {
  const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
  const json = inJson(plain);
  const escaped = (text: string, what: RegExp): string =>
    text.replaceAll(what, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const entities = plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    json,
    escaped(json, /[<>&]/g),
    // eslint-disable-next-line no-control-regex -- all that is not ASCII
    escaped(json, /[^\u0000-\u007f]/g),
    inJson(json),
    entities,
    entities.replaceAll('"', '&quot;'),
    entities.replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
    entities.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
  ];
}

/** As a shell takes it for one word: with backslashes (`printf %q`), in single quotes, in double quotes. */
function quotedInShells(plain: string): string[] {
  return [
    plain.replaceAll(/[\s!"$&'()*,;<>?[\\\]^`{|}]/g, String.raw`\$&`).replace(/^[#~]/, String.raw`\$&`),
    plain.replaceAll("'", String.raw`'\''`),
    plain.replaceAll("'", `'"'"'`),
    plain.replaceAll(/["$`\\]/g, String.raw`\$&`),
  ];
}

/** Whole, and broken into lines as `xxd -p` does. */
function encodedInHex(plain: string): string[] {
  const hex = Buffer.from(plain).toString('hex');
  const lines = hex.length > 60 ? (hex.match(/.{60}/g) ?? []) : [];
  return [hex, ...lines].flatMap((text) => [text, text.toUpperCase()]);
}

/**
 * In base64 a value looks different by where in the encoded text it begins, as in `user:password`: three ways, of which
 * only the characters count that no neighbour has a part in.
 */
function encodedInBase64(plain: string): string[] {
  const bytes = Buffer.from(plain);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor(((before + bytes.length) * 8) / 6);
    const sure = encoded.slice(first, last);
    return [sure, sure.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** A value that is encoded by itself and broken into lines, line by line; a short last line may be anything. */
function wrappedInBase64(plain: string): string[] {
  const encoded = Buffer.from(plain).toString('base64');
  return wrapWidths.flatMap((width) =>
    Array.from({ length: Math.ceil(encoded.length / width) }, (_, line) =>
      encoded.slice(line * width, (line + 1) * width),
    ).filter((line) => encoded.length > width && line.length >= shortestEncoded * 2),
  );
}
