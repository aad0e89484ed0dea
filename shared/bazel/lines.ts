const newline = 0x0a;

/** Cuts a stream of bytes into lines, whatever the sizes in which they come. */
export interface LineSplitter {
  /** The lines that `bytes` ends, without their line feeds. */
  write(bytes: Uint8Array): string[];
  /** What stands behind the last line feed: a whole line, or one that was cut off. Null if there is nothing. */
  end(): string | null;
}

/**
 * Never holds more than `maxBytes` of an unfinished line: a longer line comes as the empty one, so that its number
 * stays right. Bytes that are no UTF-8 become replacement characters.
 */
export function createLineSplitter({ maxBytes }: { readonly maxBytes: number }): LineSplitter {
  let held: Uint8Array[] = [];
  let size = 0;
  let tooLong = false;

  const hold = (bytes: Uint8Array): void => {
    if (size + bytes.length > maxBytes) {
      tooLong = true;
      held = [];
      size = maxBytes;
    }
    if (tooLong || bytes.length === 0) return;
    // A copy (of a Buffer, `slice` would be none): the caller may fill its buffer anew.
    held.push(new Uint8Array(bytes));
    size += bytes.length;
  };
  const take = (): string => {
    const line = tooLong ? '' : Buffer.concat(held).toString('utf8');
    held = [];
    size = 0;
    tooLong = false;
    return line;
  };

  return {
    write(bytes) {
      const lines: string[] = [];
      let from = 0;
      for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, from)) {
        hold(bytes.subarray(from, at));
        lines.push(take());
        from = at + 1;
      }
      hold(bytes.subarray(from));
      return lines;
    },
    end() {
      return size === 0 ? null : take();
    },
  };
}
