/** A failing case out of a JUnit-style `test.xml`. */
export interface FailedCase {
  readonly name: string;
  readonly message: string;
}

const maxCases = 20;
const maxText = 600;

/**
 * The failing cases of a test.xml. The file was written by the tests: it may be cut off, not XML at all, or made to hurt.
 * One pass over the text, no entities but the predefined ones, nothing nested is kept; what cannot be read is passed over.
 */
export function failedCases(xml: string): FailedCase[] {
  const found: FailedCase[] = [];
  let current: { readonly name: string; failed: boolean } | null = null;
  for (const tag of tags(xml)) {
    if (found.length >= maxCases) break;
    if (tag.name === '/testcase') current = null;
    else if (tag.name === 'testcase') {
      const name = attribute(tag.text, 'name') ?? 'unnamed';
      const group = attribute(tag.text, 'classname') ?? '';
      current = { name: group === '' || name.startsWith(group) ? name : `${group}.${name}`, failed: false };
    } else if ((tag.name === 'failure' || tag.name === 'error') && current !== null && !current.failed) {
      current.failed = true;
      const words = attribute(tag.text, 'message') ?? xml.slice(tag.end, tag.end + maxText).split('<', 1)[0] ?? '';
      found.push({ name: shortened(current.name), message: shortened(decoded(words)) });
    }
  }
  return found;
}

interface Tag {
  readonly name: string;
  readonly text: string;
  readonly end: number;
}

function* tags(xml: string): Generator<Tag> {
  let position = 0;
  while (position < xml.length) {
    const start = xml.indexOf('<', position);
    if (start === -1) return;
    const skipped = skip(xml, start);
    if (skipped !== null) {
      position = skipped;
      continue;
    }
    const end = endOfTag(xml, start);
    if (end === -1) return;
    const text = xml.slice(start + 1, end);
    yield { name: /^\/?[\w:.-]{1,64}/.exec(text)?.[0] ?? '', text, end: end + 1 };
    position = end + 1;
  }
}

/** The end of a comment, a CDATA section or an instruction that begins at `start`; null if none does. */
function skip(xml: string, start: number): number | null {
  const [, close] =
    [
      ['<!--', '-->'],
      ['<![CDATA[', ']]>'],
      ['<?', '?>'],
      ['<!', '>'],
    ].find(([open]) => xml.startsWith(open ?? '', start)) ?? [];
  if (close === undefined) return null;
  const end = xml.indexOf(close, start + 2);
  return end === -1 ? xml.length : end + close.length;
}

/** The `>` of a tag, not one inside of an attribute's value; -1 if the text ends before. */
function endOfTag(xml: string, start: number): number {
  let quote = '';
  for (let index = start + 1; index < xml.length; index += 1) {
    const character = xml[index] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return index;
  }
  return -1;
}

function attribute(tag: string, name: string): string | null {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(tag);
  const value = match?.[1] ?? match?.[2];
  return value === undefined ? null : decoded(value);
}

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decoded(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g, (whole, decimal, hex, name) => {
    const named = entities[String(name)];
    if (named !== undefined) return named;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function shortened(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > maxText ? `${trimmed.slice(0, maxText)}…` : trimmed;
}
