import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import * as z from 'zod';
import { VariableName } from '../../shared/repository/secrets.ts';
import { checkoutExitCodes } from '../../shared/run/exit-codes.ts';
import { CheckoutFailure } from './failure.ts';
import { flagProblem } from './flags.ts';
import { plainText } from './plain-text.ts';

/** The file in a commit's root in which its author says what to run. */
export const configurationName = '.yb.yaml';

/** Bytes of the file. */
export const configurationLimit = 64 * 1024;

const Word = z
  .string()
  .min(1, 'must not be empty')
  .max(1_024, 'must be shorter than 1,024 characters')
  .regex(/^[^\p{Cc}]+$/u, 'must be one line of plain text');

const Flag = Word.check((context) => {
  const problem = flagProblem(context.value);
  if (problem !== null) context.issues.push({ code: 'custom', message: problem, input: context.value });
});

/**
 * `.yb.yaml`. It says how Bazel is called for this commit and nothing about the machine it runs on: what is in it never
 * changes what the Job may do.
 */
export const Configuration = z.strictObject({
  targets: z
    .array(Word)
    .min(1, 'must name at least one target')
    .max(100)
    .optional()
    .meta({ description: 'Patterns of what to test; //... if left out.', examples: [['//...', '-//third_party/...']] }),
  flags: z
    .array(Flag)
    .max(100)
    .optional()
    .meta({ description: 'Flags of bazel test, of those that a commit may set.', examples: [['--config=ci']] }),
  env: z
    .record(VariableName, z.union([Word, z.literal('')]))
    .optional()
    .meta({ description: 'Variables of Bazel and of its tests.', examples: [{ GREETING: 'hello' }] }),
  flakyAttempts: z
    .int()
    .min(1)
    .max(10)
    .optional()
    .meta({ description: 'So often a test is tried before it has failed; 2 if left out.' }),
});
export type Configuration = z.output<typeof Configuration>;

/**
 * Reads the text of `.yb.yaml`.
 * @throws CheckoutFailure `badConfiguration` that names the line, the column and the reason
 */
export function parseConfiguration(text: string): Configuration {
  const lines = new LineCounter();
  const document = readYaml(text, lines);
  const [problem] = document.errors;
  if (problem !== undefined) throw bad(position(lines, problem.pos[0]), firstLine(problem.message));
  const value = toValue(document);
  // An empty file asks for nothing.
  const parsed = Configuration.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map((step) => (typeof step === 'symbol' ? String(step) : step));
  const where = position(lines, offsetOf(document, path));
  throw bad(where, `${path.length === 0 ? '' : `${path.join('.')}: `}${issue?.message ?? 'cannot be used'}`);
}

function readYaml(text: string, lines: LineCounter): Document {
  try {
    return parseDocument(text, { lineCounter: lines, schema: 'core', prettyErrors: false, uniqueKeys: true });
  } catch {
    // Nested so deeply that the parser gave up.
    throw bad('', 'cannot be read');
  }
}

function toValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw bad('', 'repeats itself by too many aliases');
  }
}

/** Where the value at a path begins; of a path that leads nowhere, its last part that is there. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function position(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `:${Math.max(line, 1)}:${Math.max(col, 1)}`;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}

function bad(where: string, reason: string): CheckoutFailure {
  return new CheckoutFailure(
    checkoutExitCodes.badConfiguration,
    `${configurationName}${where}: ${plainText(reason, 300)}`,
  );
}
