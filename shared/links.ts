/** The addresses of pages and of the API below the dashboard's own: pages, answers and statuses say them through these. */

/** A run's page: what a commit's status leads to, for good. */
export function runLink(runId: string): string {
  return `/runs/${runId}`;
}

/** The whole log of a test of an attempt. */
export function testLogLink(runId: string, attempt: number, test: number | string): string {
  return `${runLink(runId)}/attempts/${attempt}/tests/${test}/log`;
}

/** The way in, and back to a path of ours. */
export function signInLink(returnTo: string): string {
  return `/auth/sign-in?return=${encodeURIComponent(returnTo)}`;
}

/** The number of a test's log among those of its attempt; null for the name of anything else. */
export function testLogNumber(log: string | null): string | null {
  return /^tests\/(\d{1,6})\/test\.log$/.exec(log ?? '')?.[1] ?? null;
}

/** A person's own page: where they are signed in, and their tokens. */
export const accountLink = '/account';
export const accountTokensLink = `${accountLink}/tokens`;
export const accountSessionsLink = `${accountLink}/sessions`;

/** A repository's page. */
export function repositoryLink(fullName: string): string {
  return `/${fullName}`;
}

/** How the runs of the default branch ended, for readers of feeds. */
export function feedLink(fullName: string): string {
  return `${repositoryLink(fullName)}/runs.atom`;
}

/** A picture of how a branch stands. */
export function badgeLink(fullName: string): string {
  return `${repositoryLink(fullName)}/badge.svg`;
}

/** The page of a test target, or of all of them. */
export function targetsLink(fullName: string, label?: string): string {
  const query = label === undefined ? '' : `?label=${encodeURIComponent(label.toWellFormed())}`;
  return `${repositoryLink(fullName)}/targets${query}`;
}

/** Where the API is, for programs. */
export const apiBase = '/api/v1';

/** What the API says under the same path as a page: of a run, or of a repository. */
export function apiLink(of: { readonly run: string } | { readonly repository: string }): string {
  return `${apiBase}${'run' in of ? runLink(of.run) : `/repos/${of.repository}`}`;
}

/** What stands after the question mark: what is left out, or null, is not said at all. */
export function queryOf(values: Readonly<Record<string, string | number | null | undefined>>): string {
  return new URLSearchParams(
    Object.entries(values).flatMap(([name, value]): [string, string][] =>
      value === undefined || value === null ? [] : [[name, String(value)]],
    ),
  ).toString();
}
