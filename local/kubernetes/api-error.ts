/** An answer of the API that is not what was asked for (https://kubernetes.io/docs/reference/using-api/api-concepts/#status). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly reason: string;
  readonly details: object | undefined;

  constructor(status: number, reason: string, options: { readonly message: string; readonly details?: object }) {
    super(options.message);
    this.status = status;
    this.reason = reason;
    this.details = options.details;
  }

  /** As it travels. */
  toStatus(): object {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.status,
    };
  }
}

/** What a kind of objects is called in paths and messages. */
export interface ResourceName {
  readonly group: '' | 'batch';
  readonly plural: string;
  readonly kind: string;
}

function qualified({ group, plural }: ResourceName): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export function notFound(resource: ResourceName, name: string): ApiError {
  return new ApiError(404, 'NotFound', {
    message: `${qualified(resource)} "${name}" not found`,
    details: { name, group: resource.group, kind: resource.plural },
  });
}

export function alreadyExists(resource: ResourceName, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', {
    message: `${qualified(resource)} "${name}" already exists`,
    details: { name, group: resource.group, kind: resource.plural },
  });
}

export function conflict(resource: ResourceName, name: string, why: string): ApiError {
  return new ApiError(409, 'Conflict', {
    message: `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
    details: { name, group: resource.group, kind: resource.plural },
  });
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', { message });
}

export function invalid(
  resource: ResourceName,
  name: string,
  causes: readonly { readonly field: string; readonly message: string }[],
): ApiError {
  const first = causes.map(({ field, message }) => `${field}: ${message}`).join(', ');
  return new ApiError(422, 'Invalid', {
    message: `${resource.kind}.${resource.group || 'core'} "${name}" is invalid: ${first}`,
    details: {
      name,
      group: resource.group,
      kind: resource.kind,
      causes: causes.map(({ field, message }) => ({ reason: 'FieldValueInvalid', field, message })),
    },
  });
}

export function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', {
    message: 'the server does not allow this method on the requested resource',
  });
}
