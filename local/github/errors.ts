/** One entry of the `errors` list of GitHub's validation answers. */
export interface FieldError {
  readonly resource: string;
  readonly code: 'missing' | 'missing_field' | 'invalid' | 'already_exists' | 'unprocessable' | 'custom';
  readonly field?: string;
  readonly message?: string;
}

export type GitHubStatus = 301 | 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 422 | 500;

export interface GitHubErrorOptions {
  readonly errors?: readonly FieldError[];
  /** The address of a redirect's target. */
  readonly location?: string;
}

/** An answer of the REST API that is not a success, in GitHub's own words: thrown anywhere below a route. */
export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  readonly status: GitHubStatus;
  readonly errors: readonly FieldError[] | undefined;
  readonly location: string | undefined;

  constructor(status: GitHubStatus, message: string, options: GitHubErrorOptions = {}) {
    super(message);
    this.status = status;
    this.errors = options.errors;
    this.location = options.location;
  }
}

/** Also the answer for what exists but may not be known to exist. */
export function notFound(): GitHubError {
  return new GitHubError(404, 'Not Found');
}

export function badCredentials(): GitHubError {
  return new GitHubError(401, 'Bad credentials');
}

export function authenticationRequired(): GitHubError {
  return new GitHubError(401, 'Requires authentication');
}

export function forbidden(message: string): GitHubError {
  return new GitHubError(403, message);
}

/** A body that is well-formed but lacks a field or has a wrong one. */
export function invalidRequest(detail: string): GitHubError {
  return new GitHubError(422, `Invalid request.\n\n${detail}`);
}

export function validationFailed(...errors: FieldError[]): GitHubError {
  return new GitHubError(422, 'Validation Failed', { errors });
}

/** Two writers met: the second is told to look again. */
export function conflict(message: string): GitHubError {
  return new GitHubError(409, message);
}
