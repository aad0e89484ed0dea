import { join } from 'node:path';
import * as z from 'zod';
import { type Environment, readSettings } from '../shared/config.ts';

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether a token may be sent there: https anywhere, plain http on this machine alone, no name or password in it. */
export function isSafeUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && loopback.has(hostname));
}

const address = z
  .string()
  .refine(isSafeUrl, 'must be an https address')
  .transform((value) => value.replace(/\/+$/, ''));

const token = z
  .string()
  .transform((value) => value.trim())
  .refine((value) => /^[\x21-\x7e]+$/.test(value), 'must be one word');

const variables = z.object({
  YB_SERVER: address.optional(),
  YB_TOKEN: token.optional(),
  GITHUB_API_URL: address.default('https://api.github.com'),
  GITHUB_TOKEN: token.optional(),
  YB_CREDENTIAL_TOKEN: token.optional(),
  NO_COLOR: z.string().optional(),
  TERM: z.string().optional(),
  INIT_CWD: z.string().optional(),
  XDG_CONFIG_HOME: z.string().optional(),
  HOME: z.string().default('.'),
});

/** What the environment tells `yb`. */
export interface CliSettings {
  /** The dashboard's address, without a slash at its end. */
  readonly server: string | undefined;
  /** With which the server is asked, in place of a sign-in. */
  readonly token: string | undefined;
  /** Under which the person's sign-ins are kept. */
  readonly configFolder: string;
  readonly githubApiUrl: string;
  readonly githubToken: string | undefined;
  /** The token that the server is to keep for a repository. */
  readonly credentialToken: string | undefined;
  readonly color: boolean;
  /** The folder of the person, where npm changed it to that of the package. */
  readonly folder: string | undefined;
}

/** @throws YbError `bad-settings` that names every variable that is wrong, never a value. */
export function readCliSettings(environment: Environment): CliSettings {
  const settings = readSettings(variables, environment);
  return Object.freeze({
    server: settings.YB_SERVER,
    token: settings.YB_TOKEN,
    configFolder: settings.XDG_CONFIG_HOME ?? join(settings.HOME, '.config'),
    githubApiUrl: settings.GITHUB_API_URL,
    githubToken: settings.GITHUB_TOKEN,
    credentialToken: settings.YB_CREDENTIAL_TOKEN,
    color: settings.NO_COLOR === undefined && settings.TERM !== 'dumb',
    folder: settings.INIT_CWD,
  });
}
