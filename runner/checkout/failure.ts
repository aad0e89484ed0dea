import type { checkoutExitCodes } from '../../shared/run/exit-codes.ts';

type ExitCode = (typeof checkoutExitCodes)[keyof typeof checkoutExitCodes] | 90;

/** The end of a checkout: an exit code and a sentence for a person, which holds no secret. */
export class CheckoutFailure extends Error {
  override readonly name = 'CheckoutFailure';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
