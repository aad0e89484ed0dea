const maxLength = 300;

/** Foreign text as part of one line: without control characters, blanks run together, at most 300 characters. */
export function oneLine(text: string): string {
  const line = text
    // eslint-disable-next-line no-control-regex -- terminals obey control characters, so foreign text must not hold any
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/\.+$/, '');
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}
