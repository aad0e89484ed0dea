interface Kind {
  readonly status: number;
  readonly message: string;
  /** `reason` in the JSON API. */
  readonly reason: string;
}

/** Cloud Storage's error codes that this server uses: https://cloud.google.com/storage/docs/xml-api/reference-status */
const kinds = {
  AccessDenied: { status: 403, message: 'Access denied.', reason: 'forbidden' },
  AuthenticationRequired: { status: 401, message: 'Authentication required.', reason: 'required' },
  EntityTooLarge: { status: 400, message: 'Your proposed upload is larger than the maximum size.', reason: 'invalid' },
  EntityTooSmall: { status: 400, message: 'Your proposed upload is smaller than the minimum size.', reason: 'invalid' },
  ExpiredToken: { status: 400, message: 'Invalid argument.', reason: 'authError' },
  IncompleteBody: {
    status: 400,
    message: 'You did not provide the number of bytes specified by the Content-Length HTTP header.',
    reason: 'badRequest',
  },
  InternalError: {
    status: 500,
    message: 'We encountered an internal error. Please try again.',
    reason: 'backendError',
  },
  InvalidArgument: { status: 400, message: 'Invalid argument.', reason: 'invalid' },
  InvalidPolicyDocument: {
    status: 400,
    message: 'The content of the form does not meet the conditions specified in the policy document.',
    reason: 'invalid',
  },
  InvalidRange: {
    status: 416,
    message: 'The requested range cannot be satisfied.',
    reason: 'requestedRangeNotSatisfiable',
  },
  MalformedPOSTRequest: {
    status: 400,
    message: 'The body of your POST request is not well-formed multipart/form-data.',
    reason: 'badRequest',
  },
  MalformedSecurityHeader: { status: 400, message: 'Invalid argument.', reason: 'invalid' },
  MaxPostPreDataLengthExceeded: {
    status: 400,
    message: 'Your POST request fields preceding the upload file were too large.',
    reason: 'badRequest',
  },
  MethodNotAllowed: {
    status: 405,
    message: 'The specified method is not allowed against this resource.',
    reason: 'methodNotAllowed',
  },
  NoSuchBucket: { status: 404, message: 'The specified bucket does not exist.', reason: 'notFound' },
  NoSuchKey: { status: 404, message: 'The specified key does not exist.', reason: 'notFound' },
  NotImplemented: { status: 501, message: 'The local storage does not do this.', reason: 'notImplemented' },
  PreconditionFailed: {
    status: 412,
    message: 'At least one of the pre-conditions you specified did not hold.',
    reason: 'conditionNotMet',
  },
  SignatureDoesNotMatch: { status: 403, message: 'Access denied.', reason: 'forbidden' },
} as const satisfies Record<string, Kind>;

export type ApiErrorCode = keyof typeof kinds;

/** A refusal in Cloud Storage's own words: thrown anywhere, written as XML or JSON by the API that was asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly details: string | undefined;
  /** Further elements of the XML form, in order: `StringToSign`, `ParameterName` … */
  readonly elements: Readonly<Record<string, string>>;
  /** Headers that go with the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ApiErrorCode,
    details?: string,
    more: { readonly elements?: Record<string, string>; readonly headers?: Record<string, string> } = {},
  ) {
    super(details === undefined ? kinds[code].message : `${kinds[code].message} ${details}`);
    this.code = code;
    this.details = details;
    this.elements = more.elements ?? {};
    this.headers = more.headers ?? {};
  }

  get status(): number {
    return kinds[this.code].status;
  }

  /** https://cloud.google.com/storage/docs/xml-api/reference-status */
  toXml(): string {
    const details: Record<string, string> = this.details === undefined ? {} : { Details: this.details };
    const elements = { Code: this.code, Message: kinds[this.code].message, ...details, ...this.elements };
    return `${xmlDeclaration}<Error>${xmlElements(elements)}</Error>`;
  }

  /** https://cloud.google.com/storage/docs/json_api/v1/status-codes */
  toJson(): unknown {
    const { status, reason, message } = kinds[this.code];
    const text = this.details ?? message;
    const where = status === 401 ? { locationType: 'header', location: 'Authorization' } : {};
    return { error: { code: status, message: text, errors: [{ message: text, domain: 'global', reason, ...where }] } };
  }
}

export const xmlDeclaration = "<?xml version='1.0' encoding='UTF-8'?>";

/** The elements of an XML document, their text escaped. */
export function xmlElements(elements: Readonly<Record<string, string>>): string {
  return Object.entries(elements)
    .map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`)
    .join('');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escapeXml(text: string): string {
  return text.replaceAll(/[&<>]/g, (character) => entities[character] ?? character);
}
