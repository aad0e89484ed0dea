/** Where this server can be reached; every address in an answer is made from these. */
export interface Urls {
  /** The REST API's base. */
  readonly api: string;
  readonly git: string;
  readonly web: string;
}

/** A path with everything but its slashes escaped. */
export function escapePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** An opaque id of the kind that GitHub's GraphQL API uses. */
export function nodeId(type: string, id: number | string): string {
  return Buffer.from(`${type}:${String(id)}`).toString('base64url');
}
