import * as z from 'zod';
import { ApiError } from './api-error.ts';
import {
  checkScope,
  isSignatureOf,
  signatureMismatch,
  signingAlgorithm,
  timestamp,
  type Verifier,
} from './signature.ts';

const Count = z.coerce.number().int().min(0);
const Condition = z.union([
  z.tuple([z.literal('eq'), z.string().startsWith('$'), z.string()]),
  z.tuple([z.literal('starts-with'), z.string().startsWith('$'), z.string()]),
  z.tuple([z.literal('content-length-range'), Count, Count]),
  z
    .record(z.string(), z.string())
    .refine((fields) => Object.keys(fields).length === 1)
    .transform((fields) => ['eq', `$${Object.keys(fields)[0]}`, Object.values(fields)[0] ?? ''] as const),
]);
type Condition = z.output<typeof Condition>;

const Policy = z.object({ expiration: z.iso.datetime({ offset: true }), conditions: z.array(z.unknown()) });

/** What a form may go without naming it in the policy. */
const uncovered = new Set(['policy', 'x-goog-signature', 'file']);

/**
 * Checks a form of `POST /{bucket}` against the V4 policy it carries: signature, time and every condition
 * (https://cloud.google.com/storage/docs/authentication/signatures#policy-document). `fields` are those before the
 * file, names in lower case. A condition on a field that the form does not have fails.
 * @returns how many bytes the file may have
 * @throws ApiError as Cloud Storage refuses
 */
export function verifyPolicy(
  form: { readonly bucket: string; readonly fields: ReadonlyMap<string, string> },
  verifier: Verifier,
): { readonly minBytes: number; readonly maxBytes: number } {
  const read = (name: string): string => {
    const value = form.fields.get(name);
    if (value === undefined) throw unmet(`Missing ${name}`);
    return value;
  };
  const encoded = read('policy');
  if (read('x-goog-algorithm') !== signingAlgorithm) throw unmet('Unsupported x-goog-algorithm');
  checkScope({ credential: read('x-goog-credential'), date: read('x-goog-date') }, verifier);
  if (!isSignatureOf(encoded, read('x-goog-signature'), verifier)) throw signatureMismatch({ StringToSign: encoded });

  const policy = parsePolicy(encoded);
  const expiration = new Date(policy.expiration);
  if (verifier.now().getTime() >= expiration.getTime()) {
    throw new ApiError('ExpiredToken', `The provided token has expired. Policy expired at: ${timestamp(expiration)}`);
  }
  // The bucket is the one that the form's address names, whatever the form says, and the policy has to name it too.
  const fields = new Map([...form.fields, ['bucket', form.bucket]]);
  return checkConditions(policy.conditions, fields);
}

function parsePolicy(encoded: string): z.output<typeof Policy> {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
  } catch {
    throw unmet('Policy document parsing error');
  }
  const parsed = Policy.safeParse(document);
  if (!parsed.success) throw unmet('Policy document parsing error');
  return parsed.data;
}

function checkConditions(
  conditions: readonly unknown[],
  fields: ReadonlyMap<string, string>,
): { readonly minBytes: number; readonly maxBytes: number } {
  const covered = new Set<string>();
  let minBytes = 0;
  let maxBytes = Number.MAX_SAFE_INTEGER;
  for (const written of conditions) {
    const condition = parseCondition(written);
    if (condition[0] === 'content-length-range') {
      minBytes = Math.max(minBytes, condition[1]);
      maxBytes = Math.min(maxBytes, condition[2]);
      continue;
    }
    const [operator, variable, expected] = condition;
    const name = variable.slice(1).toLowerCase();
    const value = fields.get(name);
    const met = operator === 'eq' ? value === expected : (value?.startsWith(expected) ?? false);
    if (!met) throw unmet(`Failed condition: ${JSON.stringify(written)}`);
    covered.add(name);
  }
  const forgotten = [...fields.keys()].filter(
    (name) => !covered.has(name) && !uncovered.has(name) && !name.startsWith('x-ignore-'),
  );
  if (forgotten.length > 0) throw unmet(`Policy did not reference these fields: ${forgotten.join(', ')}`);
  return { minBytes, maxBytes };
}

function parseCondition(written: unknown): Condition {
  const parsed = Condition.safeParse(written);
  if (!parsed.success) throw unmet(`Invalid condition: ${JSON.stringify(written)}`);
  return parsed.data;
}

function unmet(details: string): ApiError {
  return new ApiError('InvalidPolicyDocument', details);
}
