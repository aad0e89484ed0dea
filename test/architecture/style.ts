import { isTypeScript, linesOf, matchingLines, type Rule } from './source-file.ts';

const maxLines = 300;
const maxEntryLines = 50;
const entryPoints = /^(functions\/[^/]+\/index\.ts|cli\/yb\.ts|runner\/(checkout|courier)\.ts|local\/main\.ts)$/;
const reasonForLength = /over 300 lines because \S+/i;

/** A file can be read in one sitting, or says in its first lines why not; an entry point is a table of contents. */
export const filesAreShort: Rule = (files) =>
  files
    .filter(({ path }) => /\.(tsx?|sh|css|tf|mjs)$/.test(path))
    .flatMap(({ path, text }) => {
      const lines = linesOf(text.replace(/\n$/, ''));
      if (entryPoints.test(path) && lines.length > maxEntryLines) {
        return [{ path, message: `an entry point of ${lines.length} lines, more than ${maxEntryLines}` }];
      }
      const excused = reasonForLength.test(lines.slice(0, 5).join('\n'));
      if (lines.length <= maxLines || excused) return [];
      const remedy = 'split it, or say "over 300 lines because …" at its top';
      return [{ path, message: `${lines.length} lines, more than ${maxLines}: ${remedy}` }];
    });

/** Instances serve several requests at once: nothing in a module changes after it is loaded. */
export const noStateInModules: Rule = (files) =>
  files
    .filter(isTypeScript)
    .flatMap((file) =>
      matchingLines(file, (line) => /^(export\s+)?(let|var)\s/.test(line), 'mutable state of a module'),
    );

/** A mock of our own module tests the mock: hand a stand-in to the factory instead. */
export const noMocksOfOurOwn: Rule = (files) =>
  files
    .filter(isTypeScript)
    .flatMap((file) =>
      matchingLines(
        file,
        (line) => /\b(vi|jest)\.(do|un)?[mM]ock\(\s*(import\(\s*)?['"`]\./.test(line),
        'mocks a module of this project',
      ),
    );

/** Every switched-off rule says why: after `--` for the linter, after the word for the compiler, in a comment for a shell. */
export const suppressionsHaveReasons: Rule = (files) =>
  files
    .filter((file) => isTypeScript(file) || /\.(sh|css|mjs)$/.test(file.path) || file.path === '.ci/run')
    .flatMap((file) =>
      matchingLines(
        file,
        (line, index, lines) =>
          (/(\/\/|\/\*)\s*(oxlint|eslint)-disable/.test(line) && !/-disable[^*]*\s--\s+\S+ \S+/.test(line)) ||
          (/(\/\/|\/\*)\s*@ts-(expect-error|ignore|nocheck)/.test(line) &&
            !/@ts-expect-error\S*\s+\S+ \S+/.test(line)) ||
          (/(\/\/|\/\*)\s*(v8|c8|istanbul) ignore/.test(line) && !/\s--\s+\S+ \S+/.test(line)) ||
          (/^\s*#\s*shellcheck\s+disable=/.test(line) &&
            !/disable=\S+\s+#\s+\S+/.test(line) &&
            !/^\s*#\s+(?!shellcheck)\S+/.test(lines[index - 1] ?? '')),
        'a rule is switched off without a reason',
      ),
    );

/** Decisions read an error's code: texts change, and other systems choose their own. */
export const noDecisionsByMessage: Rule = (files) =>
  files
    .filter((file) => isTypeScript(file) && !file.path.startsWith('test/'))
    .flatMap((file) =>
      matchingLines(
        file,
        (line) =>
          /\b(error|cause|reason|err|e)\.message\s*(\?\.|\.)\s*(includes|startsWith|endsWith|match|search|indexOf)\(/.test(
            line,
          ) || /\b(error|cause|err|e)\.message\s*[!=]==?|\.test\((error|cause|err|e)\.message\)/.test(line),
        "decides by an error's text: use its code",
      ),
    );

/** `import { z }` takes all of zod's languages into every bundle (40 ms of a cold start); the namespace can be thinned out. */
export const zodAsNamespace: Rule = (files) =>
  files
    .filter((file) => isTypeScript(file) && !file.path.startsWith('test/'))
    .flatMap((file) =>
      matchingLines(
        file,
        (line) => /^import\s+(?!type\s)(?!\*)[^'"]*['"]zod['"]/.test(line),
        "write `import * as z from 'zod'`: bundles carry only what is used",
      ),
    );
