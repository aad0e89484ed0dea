import type { CloneOptions } from './clone.ts';
import { CommandError } from './command.ts';
import type { Repository } from './github.ts';
import { tokenPage } from './github-errors.ts';
import { isSameHost, parseRepositoryUrl, type RepositoryUrl } from './repository-url.ts';
import { type CliSettings, isSafeUrl } from './settings.ts';

/** The token with which GitHub is asked to change a repository. @throws CommandError that names it */
export function requireGitHubToken(env: CliSettings): string {
  if (env.githubToken !== undefined) return env.githubToken;
  throw new CommandError('bad-settings', {
    what: 'GITHUB_TOKEN is not set: yb needs your GitHub token',
    why: `Make one for this repository (administration of webhooks, contents: write) at ${tokenPage}`,
    next: 'Then type: export GITHUB_TOKEN=…',
  });
}

/** @throws CommandError that names the setting */
export function requireServer(env: CliSettings): string {
  if (env.server !== undefined) return env.server;
  throw new CommandError('bad-settings', {
    what: 'YB_SERVER is not set: yb does not know which server is to build the repository',
    next: 'Type: export YB_SERVER=https://…  (the address of the pages of your yb server)',
  });
}

/**
 * Checks that the repository is the one that was named, can be written and is the person's to administer.
 * @returns the names by which a clone may know it
 * @throws CommandError
 */
export function checkTarget(options: {
  readonly typed: RepositoryUrl;
  readonly repository: Repository;
  readonly apiUrl: string;
}): CloneOptions['names'] {
  const { typed, repository, apiUrl } = options;
  const { full_name: fullName, clone_url: cloneUrl, html_url: htmlUrl } = repository;
  if (!isSafeUrl(cloneUrl)) {
    throw new CommandError('bad-settings', {
      what: `GitHub at ${apiUrl} names no https address to clone ${fullName} from`,
      why: 'The token is sent over https alone.',
    });
  }
  const cloned = parseRepositoryUrl(cloneUrl);
  const hosts = [cloneUrl, htmlUrl].filter((url) => URL.canParse(url)).map((url) => new URL(url).host);
  if (typed.host !== null && !hosts.some((host) => isSameHost(host, typed.host ?? host))) {
    throw new CommandError('bad-request', {
      what: `${typed.host} is not the GitHub that yb asks`,
      why: `GITHUB_API_URL is ${apiUrl}, whose repositories are at ${hosts.join(' and ')}.`,
      next: 'Look at the URL, and at GITHUB_API_URL.',
    });
  }
  if (repository.archived) {
    throw new CommandError('conflict', {
      what: `${fullName} is archived: nothing can be added to it`,
      next: `Its settings can change that: ${htmlUrl}/settings`,
    });
  }
  if (repository.permissions?.admin !== true) {
    throw new CommandError('github-refused', {
      what: `you are no administrator of ${fullName}: only one can add a hook to it`,
      why: `GitHub says so of the owner of the token in GITHUB_TOKEN. Nothing was changed.`,
      next: `An administrator (ask ${repository.owner.login}) has to type: yb setup-repo ${htmlUrl}`,
    });
  }
  return [
    cloned,
    ...hosts.flatMap((host) => [
      { ...cloned, host },
      { ...typed, host },
    ]),
  ];
}
