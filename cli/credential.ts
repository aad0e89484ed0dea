import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CommandError, usageError } from './command.ts';
import type { GitHub } from './github.ts';
import { tokenPage } from './github-errors.ts';
import type { Registration } from './server.ts';

/** By what the server is to fetch the code and to set statuses when the person is not there. */
export type Credential = AppCredential | TokenCredential;

/** The server's own GitHub App, which is installed on the repository: nobody's token is kept. */
interface AppCredential {
  readonly kind: 'app';
}

/** A token that the person named for the purpose. */
interface TokenCredential {
  readonly kind: 'token';
  readonly token: string;
  /** Where it comes from, as told to the person. */
  readonly name: string;
  readonly broad: boolean;
}

export interface CredentialOptions {
  readonly cwd: string;
  readonly file: string | undefined;
  /** The value of YB_CREDENTIAL_TOKEN. */
  readonly variable: string | undefined;
  /** Whether the server's App is installed on the repository, and where people install it. */
  readonly app: { readonly installed: boolean; readonly installUrl: string | null };
  readonly allowBroad: boolean;
  readonly fullName: string;
  /** GitHub as a given token sees it. */
  readonly github: (token: string, tokenName: string) => GitHub;
}

/**
 * Chooses by what the server is to reach the repository. A person's own token is never kept: only one that was given for this.
 * @throws CommandError if there is nothing, if a token does not reach the repository, or if it reaches more than it should and that
 * was not allowed
 */
export async function chooseCredential(options: CredentialOptions): Promise<Credential> {
  const credential = await givenCredential(options);
  if (credential.kind === 'token' && credential.broad && !options.allowBroad) {
    throw new CommandError('unprocessable', {
      what: `the token in ${credential.name} is a classic one: it opens every repository that you can reach`,
      why: `yb keeps the token of ${options.fullName}, so it should open this repository alone (--allow-broad-token).`,
      next:
        `Make one (contents: read, commit statuses: write) at ${tokenPage} ` +
        'and give it by --credential-token-file FILE',
    });
  }
  return credential;
}

/** What is sent to the server. */
export function credentialBody(credential: Credential): NonNullable<Registration['credential']> {
  if (credential.kind === 'app') return { app: true };
  return { token: credential.token, ...(credential.broad ? { allowBroad: true } : {}) };
}

async function givenCredential(options: CredentialOptions): Promise<Credential> {
  const { file, variable, app, cwd, fullName } = options;
  if (file !== undefined) return await checked(options, await readToken(resolve(cwd, file), file), file);
  if (variable !== undefined) return await checked(options, variable, 'YB_CREDENTIAL_TOKEN');
  if (app.installed) return { kind: 'app' };
  const token = `a token for it alone (contents: read, commit statuses: write) by --credential-token-file FILE`;
  throw new CommandError('unprocessable', {
    what: `yb has no way to ${fullName} when you are away: its GitHub App is not installed on it`,
    why: 'Your own token is for GitHub alone, and is not kept.',
    next:
      app.installUrl === null
        ? `Install the App, or give ${token}`
        : `Install it at ${app.installUrl}, or give ${token}`,
  });
}

async function checked(options: CredentialOptions, token: string, name: string): Promise<TokenCredential> {
  const [owner = '', repository = ''] = options.fullName.split('/');
  const { broad } = await options.github(token, name).repository(owner, repository);
  return { kind: 'token', token, name, broad };
}

async function readToken(path: string, shown: string): Promise<string> {
  const option = '--credential-token-file';
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw usageError(`${option} ${shown} cannot be read (${reason})`, 'yb setup-repo --help');
  }
  const token = text.trim();
  if (!/^[\x21-\x7e]{1,1000}$/.test(token)) {
    throw usageError(
      `${option} ${shown} does not hold a token`,
      'yb setup-repo --help',
      'One line with nothing else is it.',
    );
  }
  return token;
}
