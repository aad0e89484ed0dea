import { YbError } from '../errors.ts';
import type { GitHub } from '../outside/github.ts';
import { createGitHubCaller, githubMilliseconds, type GitHubCallerOptions } from './caller.ts';
import { createPeople } from './people.ts';
import { createExchange, createTokenCheck, type SignInOptions } from './sign-in.ts';
import { type AppOptions, createInstallationTokens } from './app.ts';
import { createHookDeliveries } from './hooks.ts';
import { createCommits } from './commits.ts';

export interface GitHubOptions extends Omit<GitHubCallerOptions, 'timeoutMilliseconds'> {
  readonly timeoutMilliseconds?: number;
  /** In whose name functions act for repositories; whoever does not has none. */
  readonly app?: Omit<AppOptions, 'clock'> | null;
  /** Of the App with which people sign in; whoever signs nobody in has none. */
  readonly signIn?: Omit<SignInOptions, 'fetch' | 'clock' | 'timeoutMilliseconds'>;
}

/** {@link GitHub} over its REST API and, for the sign-in, its pages. */
export function createGitHub(options: GitHubOptions): GitHub {
  const { signIn, timeoutMilliseconds = githubMilliseconds } = options;
  const call = createGitHubCaller({ ...options, timeoutMilliseconds });
  const nobody = async () => await Promise.reject(new YbError('bad-settings', 'nobody signs in here'));
  const ofTheApp =
    signIn === undefined
      ? { exchange: nobody, refresh: nobody, isOurs: nobody }
      : {
          ...createExchange({ ...signIn, ...options, timeoutMilliseconds }),
          isOurs: createTokenCheck(call, signIn),
        };
  const app = options.app === undefined || options.app === null ? null : { ...options.app, clock: options.clock };
  const installationToken = createInstallationTokens(call, app);
  return {
    ...createPeople(call),
    ...createCommits(call),
    ...createHookDeliveries(call),
    installationToken,
    ...ofTheApp,
  };
}
