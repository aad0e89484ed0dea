import * as z from 'zod';
import { isTrusted, type TrustClass } from '../run/trust.ts';

/** Bazel, the shell and this system give the others a meaning of their own. */
const free =
  /^(?!(?:YB_.*|BAZEL.*|LD_.*|DYLD_.*|BASH.*|PATH|HOME|USER|LOGNAME|SHELL|SHELLOPTS|IFS|ENV|CI|LANG|TEST_TMPDIR|PWD|OLDPWD|CDPATH|PPID|E?UID|GROUPS|OPTIND|OPTARG|PS4|_+)$)/;
/** The build script keeps its own variables in small letters. Programs know those of proxies so. */
const capital = /[A-Z]|_proxy$/;

/** The name of a variable that a commit or an owner may set for the tests. */
export const VariableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be a name of letters, digits and underscores')
  .regex(capital, 'is a name that cannot be set: it needs a capital letter')
  .regex(free, 'is a name that cannot be set');

/** So many secrets a repository may have; with their sizes they stay below what one Kubernetes Secret holds. */
export const secretLimits = { count: 50, valueBytes: 16 * 1024, shortest: 4 } as const;

/** The value of a secret. Shorter ones cannot be masked: they would be found in any text. */
export const SecretValue = z
  .string()
  .refine((value) => Buffer.byteLength(value) >= secretLimits.shortest, {
    message: `must have at least ${secretLimits.shortest} bytes: a shorter one cannot be masked in the log`,
  })
  .refine((value) => Buffer.byteLength(value) <= secretLimits.valueBytes, {
    message: `must have at most ${secretLimits.valueBytes} bytes`,
  })
  .refine((value) => !value.includes('\0'), 'must not contain a zero byte: no variable can hold one');

/** A secret, opened, as a build gets it. */
export interface OpenSecret {
  readonly name: string;
  readonly value: string;
}

/**
 * What of a repository's secrets a run is given: all for branches of the repository itself, none for what comes from a
 * fork, whoever started it.
 */
export function secretsFor(trust: TrustClass, secrets: readonly OpenSecret[]): readonly OpenSecret[] {
  return isTrusted(trust) ? secrets : [];
}
