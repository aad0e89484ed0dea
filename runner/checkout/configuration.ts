import * as z from 'zod';
import { VariableName } from '../../shared/repository/build-secrets.ts';
import { flagPattern, flagProblem } from './flags.ts';
import { readYaml, type YamlDocument, YamlProblem } from './yaml.ts';
import { checkoutExitCodes } from '../../shared/attempt/exit-codes.ts';
import { CheckoutFailure } from './failure.ts';
import { plainText } from './plain-text.ts';

/** The file in a commit's root in which its author says what to run. */
export const configurationName = '.yb.yaml';

/** Bytes of the file. */
export const configurationLimit = 64 * 1024;

const text = { error: 'must be text; put it into quotes' };

/** One line, without what a terminal would obey, what turns its direction, and halves of characters. */
const Plain = z
  .string(text)
  .max(1_024, 'must be shorter than 1,024 characters')
  .regex(/^[^\p{Cc}\p{Cs}\u2028-\u202E\u2066-\u2069]*$/u, 'must be one line of plain text');
const Word = Plain.min(1, 'must not be empty');

const Flag = Word.check((context) => {
  const problem = flagProblem(context.value);
  if (problem !== null) context.issues.push({ code: 'custom', message: problem, input: context.value });
}).meta({
  pattern: flagPattern.source,
  examples: ['--config=ci', '--test_tag_filters=-slow', '--nocache_test_results', '--//flags:name=value'],
});

/**
 * `.yb.yaml`. It says how Bazel is called for this commit and nothing about the machine it runs on: what is in it never
 * changes what the Job may do.
 */
export const Configuration = z.strictObject({
  targets: z
    .array(Word, { error: 'must be a list' })
    .min(1, 'must name at least one target')
    .max(100, 'must have at most 100 entries')
    .optional()
    .meta({ description: 'Patterns of what to test; //... if left out.', examples: [['//...', '-//third_party/...']] }),
  flags: z
    .array(Flag, { error: 'must be a list' })
    .max(100, 'must have at most 100 entries')
    .optional()
    .meta({ description: 'Flags of bazel test, of those that a commit may set.', examples: [['--config=ci']] }),
  env: z
    .record(VariableName, Plain, { error: 'must be names with their values' })
    .refine((variables) => Object.keys(variables).length <= 100, 'must have at most 100 entries')
    .optional()
    .meta({
      description: 'Variables of Bazel and of its tests.',
      examples: [{ GREETING: 'hello' }],
      maxProperties: 100,
    }),
  flakyAttempts: z
    .int({ error: 'must be a whole number' })
    .min(1, 'must be at least 1')
    .max(10, 'must be at most 10')
    .optional()
    .meta({ description: 'So often a test is tried before it has failed; 2 if left out.' }),
});
export type Configuration = z.output<typeof Configuration>;

/**
 * Reads the content of `.yb.yaml`.
 * @throws CheckoutFailure `badConfiguration` that names the line, the column and the reason
 */
export function parseConfiguration(content: Uint8Array | string): Configuration {
  try {
    const document = readYaml(content);
    // An empty file asks for nothing.
    const parsed = Configuration.safeParse(document.value ?? {});
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw issue === undefined ? new YamlProblem(null, 'cannot be used') : problemOf(issue, document);
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    const place = error.place === null ? '' : `:${error.place.line}:${error.place.column}`;
    throw new CheckoutFailure(
      checkoutExitCodes.badConfiguration,
      `${configurationName}${place}: ${plainText(error.message, 300)}`,
    );
  }
}

function problemOf(issue: z.core.$ZodIssue, document: YamlDocument): YamlProblem {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known = Object.keys(Configuration.shape).join(', ');
    return new YamlProblem(document.placeOfKey([...path, key]), `${key}: is not known here; known are ${known}`);
  }
  const told = path.length === 0 ? 'must be keys with their values' : `${path.join('.')}: ${reasonOf(issue)}`;
  return new YamlProblem(issue.code === 'invalid_key' ? document.placeOfKey(path) : document.placeOf(path), told);
}

/** Of a key, its own schema tells what is wrong. */
function reasonOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}
