/** Puts lines together from pieces of bytes. A line beyond `limit` bytes is passed over as a whole. */
export interface LineSplitter {
  push(bytes: Uint8Array, each: (line: string) => void): void;
  /** Forgets a line that has no end. */
  reset(): void;
}

const newline = 10;

export function createLineSplitter(options: { readonly limit: number }): LineSplitter {
  let parts: Buffer[] = [];
  let length = 0;
  let tooLong = false;
  const reset = () => {
    parts = [];
    length = 0;
    tooLong = false;
  };
  const keep = (bytes: Uint8Array) => {
    length += bytes.length;
    tooLong ||= length > options.limit;
    // A copy: who reads uses its buffer again.
    if (tooLong) parts = [];
    else parts.push(Buffer.from(bytes));
  };
  return {
    push: (bytes, each) => {
      let start = 0;
      for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
        keep(bytes.subarray(start, end));
        start = end + 1;
        const line = tooLong ? null : Buffer.concat(parts).toString('utf8');
        reset();
        if (line !== null) each(line);
      }
      if (start < bytes.length) keep(bytes.subarray(start));
    },
    reset,
  };
}
