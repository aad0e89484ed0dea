import type { Commits } from '../outside/github.ts';
import type { News } from '../run/news.ts';
import { type Run, shortRef, shortSha } from '../run/run.ts';

/** By this a comment is known again, which nobody sees. */
export function markOf(run: Pick<Run, 'id'>, kind: News['kind']): string {
  return `<!-- yb ${kind} ${run.id} -->`;
}

/**
 * What the author of the commit that broke a branch is told, as GitHub's Markdown. Everything that an author wrote stands between fences
 * longer than any in it, where nothing is a link, mentions or formats, and with its `@` and `#` broken, for whoever quotes it.
 * @param told.range null where nobody could say
 */
export function commentOf(told: {
  readonly run: Run;
  readonly news: News;
  readonly runUrl: string;
  readonly range: Commits | null;
}): string {
  const { run, news } = told;
  const parts = news.kind === 'broken' ? broken(told) : mended(told);
  return [...parts, markOf(run, news.kind)].join('\n\n');
}

function broken({ run, news, runUrl, range }: Parameters<typeof commentOf>[0]): string[] {
  const since = `${shortSha(news.green)}...${shortSha(run.sha)}`;
  return [
    `**${inline(shortRef(run.ref))} was green and is red with this commit** ([run and log](${runUrl})):`,
    fenced([run.outcome?.reason ?? '']),
    ...testsPart('Failing now', news),
    range === null
      ? `Last green: ${shortSha(news.green)}`
      : `Commits since it was green, ${range.link === '' ? since : `[${since}](${range.link})`}:`,
    ...(range === null || range.commits.length === 0 ? [] : [fenced(commitLines(range))]),
  ];
}

function mended({ run, news, runUrl }: Parameters<typeof commentOf>[0]): string[] {
  const subject = run.commit?.subject ?? '';
  return [
    `**${inline(shortRef(run.ref))} is green again** with ${shortSha(run.sha)} ([run and log](${runUrl})). It broke with this commit.`,
    ...(subject === '' ? [] : [fenced([`${shortSha(run.sha)} ${subject}`])]),
    ...testsPart('Passing again', news),
  ];
}

function testsPart(title: string, { tests, failed }: News): string[] {
  if (tests.length === 0) return [];
  return [`${title}:`, fenced([...tests, ...more(failed - tests.length)])];
}

const mostCommits = 20;

function commitLines({ commits, total }: Commits): string[] {
  const shown = commits.slice(0, mostCommits);
  return [
    ...shown.map(
      ({ sha, subject, author }) =>
        `${shortSha(sha)} ${subject}${author === null || author === '' ? '' : ` (${author})`}`,
    ),
    ...more(total - shown.length),
  ];
}

function more(count: number): string[] {
  return count > 0 ? [`and ${count} more`] : [];
}

const longestLine = 120;

/** One line of what somebody wrote, without what makes GitHub link or mention. */
function quoted(text: string): string {
  const line = text
    .toWellFormed()
    // oxlint-disable-next-line no-control-regex -- they are what is taken out
    .replace(/[\s\u0000-\u001f\u007f]+/gu, ' ')
    .trim();
  const characters = Array.from(line);
  const short = characters.length > longestLine ? `${characters.slice(0, longestLine - 1).join('')}…` : line;
  return short.replace(/[@#]/g, '$&\u200b');
}

function fenced(lines: readonly string[]): string {
  const text = lines.map(quoted).join('\n');
  const fence = '`'.repeat(Math.max(3, longestTicks(text) + 1));
  return `${fence}text\n${text}\n${fence}`;
}

function inline(text: string): string {
  const line = quoted(text);
  const fence = '`'.repeat(longestTicks(line) + 1);
  return line.includes('`') ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`;
}

function longestTicks(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
}
