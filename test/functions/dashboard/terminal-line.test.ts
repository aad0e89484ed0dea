import xterm from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plain, readLine } from '../../../functions/dashboard/log/ansi.ts';

const esc = '\u001b';

function shown(line: string): string {
  return readLine(line, plain)
    .pieces.map(({ text }) => text)
    .join('')
    .trimEnd();
}

/** What a real terminal has in its line when `line` was written to it. */
async function inTerminal(line: string): Promise<string> {
  const terminal = new xterm.Terminal({ cols: 500, rows: 4, allowProposedApi: true });
  await new Promise<void>((resolve) => {
    terminal.write(line, resolve);
  });
  const text = terminal.buffer.active.getLine(0)?.translateToString(true) ?? '';
  terminal.dispose();
  return text;
}

describe('a line of output', () => {
  it.each([
    ['text\r', 'text'],
    ['text\r\r', 'text'],
    [`text\r${esc}[0m`, 'text'],
    [`${esc}[32mtext\r${esc}[0m\r`, 'text'],
    ['100 of 100\rdone', 'doneof 100'],
    [`100 of 100\r${esc}[Kdone`, 'done'],
    ['abc\b\bX', 'aXc'],
    ['\b\bx', 'x'],
    [`abc${esc}[2DX`, 'aXc'],
    [`abc\r${esc}[5CX`, 'abc  X'],
    [`abc${esc}[10GX`, 'abc      X'],
    [`abcdef${esc}[3G${esc}[1K`, '   def'],
    [`abcdef${esc}[2K`, ''],
    [`abcdef\r${esc}[2P`, 'cdef'],
    [`abcdef\r${esc}[2@`, '  abcdef'],
    [`abcdef\r${esc}[2X`, '  cdef'],
    [`${esc}[1A${esc}[Kx`, 'x'],
    ['e\u0301\rX', 'X'],
    [`x${esc}[99999999Cy`, `x${' '.repeat(9_999)}`.trimEnd()],
  ])('%j is shown as %j', (line, text) => {
    expect(shown(line)).toBe(text);
  });

  it('is what a terminal shows of it', async () => {
    const count = fc.constantFrom('', '0', '1', '2', '7');
    const sequence = fc
      .tuple(count, fc.constantFrom('C', 'D', 'G', 'K', 'X', 'P', '@', 'm'))
      .map(([parameter, final]) => `${esc}[${parameter}${final}`);
    const text = fc.stringMatching(/^[ -~]{0,8}$/);
    const line = fc
      .array(fc.oneof(text, sequence, fc.constantFrom('\r', '\b', '\r\r')), { maxLength: 12 })
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(line, async (written) => {
        expect(shown(written)).toBe((await inTerminal(written)).trimEnd());
      }),
      { numRuns: 300 },
    );
  });

  it('of any length is read in the time that it takes to look at it', () => {
    const long = `${'x'.repeat(50)}\r`.repeat(4_000);
    expect(shown(`${long}end`)).toBe(`end${'x'.repeat(47)}`);
  });
});
