import * as z from 'zod';
import { YbError } from '../errors.ts';
import { jsonOrNull } from '../json.ts';

/** The part of the client's ApiException that decides, and what the cluster says in words. */
const ApiFailure = z.object({ code: z.int(), body: z.unknown() });
/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
const Status = z.object({ message: z.string() });

/**
 * A wrong identity, a right that is missing, a quota, an admission policy, and a missing namespace: the same call succeeds once
 * somebody has put it right.
 */
const forbidden = new Set([401, 403, 404]);

/** The statuses that mean that the object itself is wrong, so that the same call fails for ever. */
const refusals = new Set([400, 405, 406, 413, 415, 422]);

const longestWords = 500;

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
  if (forbidden.has(status)) {
    const message = `${doing}: the cluster forbids it (${status})${wordsOf(error)}`;
    return new YbError('kubernetes-forbidden', message, { cause: error });
  }
  return refusals.has(status)
    ? new YbError('kubernetes-refused', `${doing}: the cluster refuses it (${status})${wordsOf(error)}`, {
        cause: error,
      })
    : new YbError('kubernetes-unavailable', `${doing}: the cluster answered ${status}`, { cause: error });
}

/** They name objects and limits, and nothing that was sent. */
function wordsOf(error: unknown): string {
  const body = ApiFailure.safeParse(error).data?.body;
  const status = Status.safeParse(typeof body === 'string' ? jsonOrNull(body) : body);
  return status.success ? `: ${status.data.message.slice(0, longestWords)}` : '';
}
