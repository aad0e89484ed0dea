import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plain, readLine } from '../../../functions/dashboard/log/ansi.ts';
import { LogLines } from '../../../functions/dashboard/pages/log-lines.tsx';

const esc = '\u001b';

function html(lines: readonly string[]): string {
  // eslint-disable-next-line typescript/no-base-to-string -- an element of Hono's becomes its markup
  return String(<LogLines lines={lines} />);
}

/** What a browser would show as text of such a list, and nothing but that. */
function textOf(markup: string): string[] {
  const names: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return [...markup.matchAll(/<li(?: id="L\d+")?>(.*?)<\/li>/gs)].map(([, inner = '']) =>
    inner
      .replaceAll(/<\/?span[^>]*>/g, '')
      .replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => names[name] ?? ''),
  );
}

describe('a line of a log', () => {
  it.each([
    [`${esc}[31mred${esc}[0m plain`, '<span class="f-red">red</span> plain'],
    [`${esc}[1;4;96mx`, '<span class="f-bright-cyan bold underline">x</span>'],
    [`${esc}[38;5;196mx`, '<span class="f-bright-red">x</span>'],
    [`${esc}[38;2;10;200;20mx`, '<span class="f-green">x</span>'],
    [`${esc}[48;5;21mx${esc}[49my`, '<span class="b-bright-blue">x</span>y'],
    [`${esc}[7mx${esc}[27my`, '<span class="f-ground b-text">x</span>y'],
    [`${esc}[2K${esc}[1Ax`, 'x'],
    [`${esc}]0;a title\u0007x`, 'x'],
    [`${esc}]8;;https://evil.example${esc}\\link${esc}]8;;${esc}\\`, 'link'],
    [`${esc}P1$r0m${esc}\\x`, 'x'],
    [`${esc}(Bx${esc}=`, 'x'],
    [`x${esc}[31`, 'x31'],
    ['10 %\r50 %\r100 %', '100 %'],
    [`${esc}[31m10 %\r50 %${esc}[m\r${esc}[32m100 %`, '<span class="f-green">100 %</span>'],
    [`${esc}[33m10 %\r100 %\r`, '<span class="f-yellow">100 %</span>'],
    ['\r', ''],
    ['\rx', 'x'],
    ['ends\r', 'ends'],
    ['a\u0000b\u0007c', 'a␀b␇c'],
    ['user\u202etxt.exe', 'user\ufffdtxt.exe'],
    ['<b>&"\'', '&lt;b&gt;&amp;&quot;&#39;'],
    ['\ta', '\ta'],
  ])('%j is shown as %s', (line, inner) => {
    expect(html([line])).toBe(`<ol class="lines unnumbered"><li>${inner}</li></ol>`);
  });

  it('takes its colours from the line before', () => {
    expect(html([`${esc}[32mone`, `two${esc}[m`, 'three'])).toBe(
      '<ol class="lines unnumbered"><li><span class="f-green">one</span></li><li><span class="f-green">two</span></li><li>three</li></ol>',
    );
  });

  const parts = fc.constantFrom(
    esc,
    `${esc}[`,
    `${esc}]`,
    '31m',
    '38;5;',
    'm',
    ';',
    '\u0007',
    '\\',
    '\r',
    '<',
    '>',
    '&',
    '"',
    "'",
    '<script>',
    '</li>',
    '<img src=x onerror=alert(1)>',
    '-->',
    'javascript:',
    '\u0000',
    '\u009b31m',
    'é',
    '𝒳',
    ' ',
    'a',
  );
  const hostile = fc.oneof(
    fc.array(parts).map((list) => list.join('')),
    fc.string({ unit: 'binary' }),
  );

  it('is never anything but text, whatever it holds', () => {
    const item =
      /<li(?: id="L\d+")?>(?:[^<>&"']|&(?:amp|lt|gt|quot|#39);|<span class="[a-z -]+">[^<]*<\/span>)*<\/li>/g;
    fc.assert(
      fc.property(fc.array(hostile), (lines) => {
        const markup = html(lines);
        expect(markup.replaceAll(item, '')).toBe('<ol class="lines unnumbered"></ol>');
        expect(textOf(markup)).toHaveLength(lines.length);
      }),
      { numRuns: 1500 },
    );
  });

  it('without control characters is shown to the letter', () => {
    const ordinary = fc.string({ unit: 'grapheme' }).filter((text) => !/[\p{Cc}\p{Cf}]/u.test(text));
    fc.assert(
      fc.property(ordinary, (line) => {
        expect(textOf(html([line]))).toEqual([line]);
      }),
    );
  });

  it('of a million characters takes no longer than its length asks for', () => {
    for (const part of [`${esc}[`, `${esc}]x`, `${esc}[0;`, '\r', `${esc}[31mx`]) {
      const { pieces } = readLine(part.repeat(200_000), plain);
      expect(pieces.length).toBeLessThanOrEqual(200_001);
    }
  });
});
