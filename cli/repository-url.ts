import { usageError } from './command.ts';

/** What a person named a repository by. */
export interface RepositoryUrl {
  readonly owner: string;
  readonly name: string;
  /** Host, with its port if there is one; null for the short form `owner/name`. */
  readonly host: string | null;
}

const ownerPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;
const namePattern = /^[A-Za-z0-9._-]{1,100}$/;
/** Where an address copied from a browser goes on behind the repository. */
const pageBehind =
  /^\/([^/]+\/[^/]+)\/(?:tree|blob|commits?|pulls?|issues|actions|settings|releases|tags|branches)(?:\/.*)?$/;
const scpForm = /^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+):(?!\/)(.+)$/;
const schemes = new Set(['https:', 'http:', 'ssh:', 'git:']);

/**
 * Reads `https://host/owner/name`, with `.git` or without, `git@host:owner/name`, `ssh://…` or `owner/name`.
 * Before `owner/name` a path may stand, as where git is served below one.
 * @throws CommandError with exit code 2; it never repeats the text, which may hold a password
 */
export function parseRepositoryUrl(text: string): RepositoryUrl {
  const trimmed = text.trim();
  if (URL.canParse(trimmed) && trimmed.includes('://')) {
    const url = new URL(trimmed);
    if (!schemes.has(url.protocol)) throw unreadable();
    if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')) {
      throw usageError(
        'the URL holds a user name or a password',
        'yb setup-repo https://github.com/OWNER/NAME',
        'What is typed can be seen by others on this machine: the token belongs into GITHUB_TOKEN.',
      );
    }
    return fromPath(url.pathname.replace(pageBehind, '/$1'), url.host);
  }
  const [, host, path] = scpForm.exec(trimmed) ?? [];
  if (host !== undefined && path !== undefined) return fromPath(path, host);
  const parts = trimmed.split('/');
  if (parts.length === 2) return fromPath(trimmed, null);
  if (parts.length === 3 && parts[0]?.includes('.') === true) return parseRepositoryUrl(`https://${trimmed}`);
  throw unreadable();
}

/** Whether two URLs name the same repository on the same host, by whatever protocol and in whatever case. */
export function isSameRepository(left: RepositoryUrl, right: RepositoryUrl): boolean {
  return (
    left.owner.toLowerCase() === right.owner.toLowerCase() &&
    left.name.toLowerCase() === right.name.toLowerCase() &&
    (left.host === null || right.host === null || isSameHost(left.host, right.host))
  );
}

/** Whether two hosts are one. The port counts only where both name one: ssh and https have different ones. */
export function isSameHost(left: string, right: string): boolean {
  const [leftName, leftPort] = splitHost(left);
  const [rightName, rightPort] = splitHost(right);
  if (leftName !== rightName) return false;
  return leftPort === undefined || rightPort === undefined || leftPort === rightPort;
}

function splitHost(host: string): [string, string | undefined] {
  const [, name, port] = /^(.*?)(?::(\d+))?$/.exec(host.toLowerCase()) ?? [];
  return [(name ?? host).replace(/^(?:www|ssh)\.(?=github\.com$)/, ''), port];
}

function fromPath(path: string, host: string | null): RepositoryUrl {
  const parts = path
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/');
  const [owner, name] = parts.slice(-2);
  if (owner === undefined || name === undefined || !ownerPattern.test(owner)) throw unreadable();
  if (!namePattern.test(name) || name === '.' || name === '..') throw unreadable();
  return { owner, name, host };
}

function unreadable(): Error {
  return usageError('that is not the URL of a GitHub repository', 'yb setup-repo https://github.com/OWNER/NAME');
}
