import { checkoutExitCodes } from '../../shared/attempt/exit-codes.ts';

type ExitCode = (typeof checkoutExitCodes)[keyof typeof checkoutExitCodes] | 90;

/** The end of a checkout: an exit code and a sentence for a person, which holds no secret. */
export class CheckoutFailure extends Error {
  override readonly name = 'CheckoutFailure';
  readonly exitCode: ExitCode;

  /** What was removed on the volume before, as repairs of the result. */
  readonly repairs: readonly string[];

  constructor(exitCode: ExitCode, message: string, repairs: readonly string[] = []) {
    super(message);
    this.exitCode = exitCode;
    this.repairs = repairs;
  }
}

/** A submodule that its host does not show, or not for the credential with which it was asked. */
export class ModuleRefused extends CheckoutFailure {
  constructor(message: string) {
    super(checkoutExitCodes.sourcesMissing, message);
  }
}

/** Errors of a disk that is broken, or that the kernel has made read-only for that. */
const diskErrors = new Set(['EIO', 'EROFS', 'EUCLEAN', 'EBADMSG', 'ENXIO', 'ENODEV', 'ESTALE']);

/** A host that cannot be asked now. */
export class HostUnreachable extends CheckoutFailure {
  constructor(message: string) {
    super(checkoutExitCodes.checkoutFailed, message);
  }
}

const fullErrors = new Set(['ENOSPC', 'EDQUOT']);

/** Whatever was thrown, as the end of a checkout. */
export function failureOf(error: unknown, what: string): CheckoutFailure {
  if (error instanceof CheckoutFailure) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (fullErrors.has(code)) return new CheckoutFailure(checkoutExitCodes.volumeFull, 'The volume is full.');
  const exitCode = diskErrors.has(code) ? checkoutExitCodes.volumeDamaged : checkoutExitCodes.checkoutFailed;
  return new CheckoutFailure(exitCode, `${what}: ${String(error)}`);
}
