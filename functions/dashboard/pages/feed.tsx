import type { JSX } from 'hono/jsx/jsx-runtime';
import { repositoryLink, runLink } from '../../../shared/links.ts';
import { type Run, shortRef, shortSha } from '../../../shared/run/run.ts';
import { headline, titleOf } from '../words/headline.ts';

/** What Atom's XML cannot hold, whatever stands before it (https://www.w3.org/TR/xml/#charsets). */
const unprintable = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** How the runs of a branch ended, the newest first, for readers of feeds (RFC 4287). */
export function Feed(properties: {
  readonly fullName: string;
  /** Short. */
  readonly branch: string;
  /** That are over. */
  readonly runs: readonly Run[];
  readonly dashboardUrl: string;
  readonly now: Date;
}): JSX.Element {
  const { fullName, branch, runs, dashboardUrl, now } = properties;
  const page = `${dashboardUrl}${repositoryLink(fullName)}?${new URLSearchParams({ branch }).toString()}`;
  const [newest] = runs;
  return (
    <feed xmlns="http://www.w3.org/2005/Atom">
      <id>{page}</id>
      <title>{plain(`${fullName} ${branch}`)}</title>
      <updated>{(newest === undefined ? now : endOf(newest)).toISOString()}</updated>
      <author>
        <name>yb</name>
      </author>
      <link href={page} />
      {runs.map((run) => (
        <entry>
          <id>{`${dashboardUrl}${runLink(run.id)}`}</id>
          <title>{plain(`${headline(run).word}: ${shortRef(run.ref)}@${shortSha(run.sha)} ${titleOf(run)}`)}</title>
          <updated>{endOf(run).toISOString()}</updated>
          <link href={`${dashboardUrl}${runLink(run.id)}`} />
          <summary>{plain(run.outcome?.reason ?? headline(run).words)}</summary>
        </entry>
      ))}
    </feed>
  );
}

function endOf(run: Run): Date {
  return run.finishedAt ?? run.createdAt;
}

function plain(text: string): string {
  return text.toWellFormed().replaceAll(unprintable, '\u{FFFD}');
}
