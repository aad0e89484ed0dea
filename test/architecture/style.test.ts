import { describe, expect, it } from 'vitest';
import type { Rule } from './source-file.ts';
import {
  filesAreShort,
  noDecisionsByMessage,
  noMocksOfOurOwn,
  noStateInModules,
  suppressionsHaveReasons,
  zodAsNamespace,
} from './style.ts';

function breaks(rule: Rule, text: string, path = 'shared/store/a.ts'): boolean {
  return rule([{ path, text: `${text}\n` }]).length > 0;
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `export const a${index} = ${index};`).join('\n');
}

describe('the length of files', () => {
  it('is 300 lines at most', () => {
    expect(breaks(filesAreShort, lines(300))).toBe(false);
    expect(breaks(filesAreShort, lines(301))).toBe(true);
    expect(breaks(filesAreShort, lines(301), 'runner/build.sh')).toBe(true);
  });

  it('may be more with a reason at the top, and only there', () => {
    expect(breaks(filesAreShort, `// Over 300 lines because it is one table.\n${lines(400)}`)).toBe(false);
    expect(breaks(filesAreShort, `// Over 300 lines because\n${lines(400)}`)).toBe(true);
    expect(breaks(filesAreShort, `${lines(400)}\n// Over 300 lines because it is one table.`)).toBe(true);
  });

  it.each(['functions/webhook/index.ts', 'cli/yb.ts', 'runner/courier.ts', 'local/main.ts'])(
    'is 50 lines at most for the entry point %s',
    (path) => {
      expect(breaks(filesAreShort, lines(50), path)).toBe(false);
      expect(breaks(filesAreShort, lines(51), path)).toBe(true);
    },
  );
});

// Put together here, so that this file does not break the rules itself.
const [mock, ignore] = ['mock', 'ignore'];

describe('a rule of style', () => {
  it.each([
    ['state of a module', noStateInModules, 'let count = 0;', 'const count = 0;\nfunction f() {\n  let a = 0;\n}'],
    ['exported state of a module', noStateInModules, 'export let count = 0;', 'export const count = 0;'],
    ['a mock of our own', noMocksOfOurOwn, `vi.${mock}('../shared/a.ts');`, `vi.${mock}('some-package');`],
    ['a typed mock of our own', noMocksOfOurOwn, `vi.${mock}(import('./a.ts'));`, 'vi.fn();'],
    ['zod by name', zodAsNamespace, "import { z } from 'zod';", "import * as z from 'zod';"],
    ['zod by name and type', zodAsNamespace, "import { type ZodType, z } from 'zod';", "import type { z } from 'zod';"],
    [
      'a decision by message',
      noDecisionsByMessage,
      "if (error.message.includes('gone')) return;",
      "if (error.code === 'gone') return;",
    ],
    [
      'a decision by a pattern over a message',
      noDecisionsByMessage,
      'if (/gone/.test(error.message)) return;',
      'log.warn({ reason: error.message }, "gone");',
    ],
  ])('finds %s', (_, rule, bad, good) => {
    expect(breaks(rule, bad)).toBe(true);
    expect(breaks(rule, good)).toBe(false);
  });
});

describe('a switched-off rule', () => {
  // Put together here, so that no tool takes these samples for its own.
  const [lint, compiler, coverage, shell] = ['oxlint-disable', '@ts-expect-error', 'v8 ignore', 'shellcheck disable='];

  it.each([
    [`// ${lint}-next-line no-console`, `// ${lint}-next-line no-console -- the command's own output`],
    [`/* ${lint} no-console */`, `/* ${lint} no-console -- the command's own output */`],
    [`// ${compiler}`, `// ${compiler} the types know it as optional`],
    [`/* ${coverage} next */`, `/* ${coverage} next -- reached by a crash alone */`],
  ])('says why: %s', (bad, good) => {
    expect(breaks(suppressionsHaveReasons, bad)).toBe(true);
    expect(breaks(suppressionsHaveReasons, good)).toBe(false);
  });

  it('is no way round the compiler altogether', () => {
    expect(breaks(suppressionsHaveReasons, `// @ts-${ignore} because I say so`)).toBe(true);
  });

  it.each([
    [`# ${shell}SC2086 # words are wanted`, false],
    [`# Words are wanted here.\n# ${shell}SC2086`, false],
    [`echo a\n# ${shell}SC2086`, true],
  ])('says why in a shell script: %s', (text, bad) => {
    expect(breaks(suppressionsHaveReasons, text, 'runner/build.sh')).toBe(bad);
  });
});
