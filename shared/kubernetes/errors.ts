import * as z from 'zod';
import { YbError } from '../errors.ts';

/** The part of the client's ApiException that decides. */
const ApiFailure = z.object({ code: z.int() });

/**
 * The statuses that mean that the object itself is wrong, so that the same call fails for ever. Missing rights (401, 403)
 * and a missing namespace (404) are the installation's fault: the call succeeds once somebody has put it right.
 */
const refusals = new Set([400, 405, 406, 413, 415, 422]);

/** The HTTP status that an error of the client carries; null if no answer came. */
export function apiStatus(error: unknown): number | null {
  const failure = ApiFailure.safeParse(error);
  return failure.success ? failure.data.code : null;
}

/**
 * Wraps what the Kubernetes client throws. Its own errors must not travel: Firestore's client takes any error with the
 * `code` 409 for contention and repeats the transaction for over a minute.
 */
export function kubernetesError(error: unknown, doing: string): YbError {
  if (error instanceof YbError) return error;
  const status = apiStatus(error);
  if (status === null) {
    return new YbError('kubernetes-unavailable', `${doing}: the cluster does not answer`, { cause: error });
  }
  return refusals.has(status)
    ? new YbError('kubernetes-refused', `${doing}: the cluster refuses it (${status})`, { cause: error })
    : new YbError('kubernetes-unavailable', `${doing}: the cluster answered ${status}`, { cause: error });
}
