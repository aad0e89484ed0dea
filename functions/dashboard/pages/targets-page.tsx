import { repositoryLink, targetsLink } from '../../../shared/links.ts';
import type { TargetListModel, TargetSummary } from '../models/targets.ts';
import { flakyWords, rateWords } from '../words/history.ts';
import { many } from '../words/text.ts';
import { duration } from '../../../shared/time-words.ts';
import { MarkIcon } from './icons.tsx';
import { type Frame, Layout } from './layout.tsx';
import { TargetLink } from './target-links.tsx';

/** The tests of a repository that somebody should look at. */
export function TargetsPage({ frame, model }: { readonly frame: Frame; readonly model: TargetListModel }) {
  const { repository, known, flaky, failing } = model;
  const { fullName, defaultBranch } = repository;
  return (
    <Layout
      frame={frame}
      title={`Tests · ${fullName}`}
      crumbs={[
        { words: fullName, href: repositoryLink(fullName) },
        { words: 'Tests', href: targetsLink(fullName) },
      ]}
    >
      <>
        <section class="summary" aria-label="In short">
          <div class="words">
            <h1>Tests of {fullName}</h1>
            <p class="commit">
              <span>{known === 0 ? 'No results are kept yet.' : `Results of ${many(known, 'test')} are kept.`}</span>
            </p>
          </div>
        </section>
        {failing.length === 0 ? null : (
          <section class="part" aria-labelledby="failing-title">
            <h2 id="failing-title">Failing on {defaultBranch}</h2>
            <ul class="rows">
              {failing.map(({ label }) => (
                <li class="row">
                  <span class="state bad">
                    <MarkIcon mark="failed" />
                    <span>Fails</span>
                  </span>
                  <TargetLink fullName={fullName} label={label} />
                </li>
              ))}
            </ul>
          </section>
        )}
        {known === 0 ? null : (
          <section class="part" aria-labelledby="flaky-title">
            <h2 id="flaky-title">Flaky</h2>
            {flaky.length === 0 ? (
              <p class="note">No test failed at first and passed when tried again.</p>
            ) : (
              <FlakyTable targets={flaky} fullName={fullName} />
            )}
          </section>
        )}
      </>
    </Layout>
  );
}

function FlakyTable({ targets, fullName }: { readonly targets: readonly TargetSummary[]; readonly fullName: string }) {
  return (
    <table>
      <caption class="hidden">Flaky tests, flakiest first</caption>
      <thead>
        <tr>
          <th scope="col">Test</th>
          <th scope="col">Flaky in</th>
          <th scope="col" class="figure">
            Rate
          </th>
          <th scope="col" class="figure">
            Time
          </th>
        </tr>
      </thead>
      <tbody>
        {targets.map(({ label, flakiness, typical }) => (
          <tr>
            <td>
              <TargetLink fullName={fullName} label={label} />
            </td>
            <td>
              {flakyWords(flakiness)}
              {flakiness.kind === 'began' ? <span class="aside"> began lately</span> : null}
            </td>
            <td class="figure">{rateWords(flakiness)}</td>
            <td class="figure">{typical === null ? '' : duration(typical)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
