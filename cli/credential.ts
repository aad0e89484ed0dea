import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CommandError, usageError } from './command.ts';
import type { GitHub } from './github.ts';
import { tokenPage } from './github-errors.ts';
import type { Registration } from './server.ts';

/** The token that the server is to keep, to fetch the code and to set statuses when the person is not there. */
export interface Credential {
  readonly token: string;
  /** Whether the person named this token for the purpose, so that nothing has to be asked. */
  readonly chosen: boolean;
  /** Where it comes from, as told to the person. */
  readonly name: string;
  readonly broad: boolean;
}

export interface CredentialOptions {
  readonly cwd: string;
  readonly file: string | undefined;
  /** The value of YB_CREDENTIAL_TOKEN. */
  readonly variable: string | undefined;
  /** The person's own token, used if no other is given, and what GitHub said about it. */
  readonly own: { readonly token: string; readonly broad: boolean };
  readonly allowBroad: boolean;
  readonly fullName: string;
  /** GitHub as a given token sees it. */
  readonly github: (token: string, tokenName: string) => GitHub;
}

/**
 * Chooses the repository's token and has GitHub say whether it reaches the repository.
 * @throws CommandError if it does not, or if it reaches more than it should and that was not allowed
 */
export async function chooseCredential(options: CredentialOptions): Promise<Credential> {
  const credential = await givenCredential(options);
  if (credential.broad && !options.allowBroad) {
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
  return { token: credential.token, ...(credential.broad ? { allowBroad: true } : {}) };
}

async function givenCredential(options: CredentialOptions): Promise<Credential> {
  const { file, variable, own, cwd } = options;
  if (file !== undefined) {
    return await checked(options, await readToken(resolve(cwd, file), file), file);
  }
  if (variable !== undefined) return await checked(options, variable, 'YB_CREDENTIAL_TOKEN');
  return { ...own, chosen: false, name: 'GITHUB_TOKEN' };
}

async function checked(options: CredentialOptions, token: string, name: string): Promise<Credential> {
  const [owner = '', repository = ''] = options.fullName.split('/');
  const { broad } = await options.github(token, name).repository(owner, repository);
  return { token, chosen: true, name, broad };
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
