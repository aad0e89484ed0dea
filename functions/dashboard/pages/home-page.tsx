import { repositoryLink } from '../../../shared/links.ts';
import type { HomeEntry, HomeModel } from '../models/home.ts';
import { headline, titleOf } from '../words/headline.ts';
import { BranchIcon } from './icons.tsx';
import { type Frame, Layout } from './layout.tsx';
import { Command, State, When } from './parts.tsx';

/** My repositories, and how the default branch of each stands. */
export function HomePage({ frame, model }: { readonly frame: Frame; readonly model: HomeModel }) {
  return (
    <Layout frame={frame} title="Your repositories">
      <section class="summary" aria-label="In short">
        <div class="words">
          <h1>Your repositories</h1>
        </div>
      </section>
      {model.entries.length === 0 ? (
        <section class="empty">
          <h2>None of them is set up yet</h2>
          <p>Type this where you work, and every push is tested from then on:</p>
          <Command text={`yb setup-repo ${model.candidate ?? 'https://github.com/OWNER/REPOSITORY'}`} what="command" />
        </section>
      ) : (
        <>
          <ol class="runs" aria-label="Repositories, last used first">
            {model.entries.map((entry) => (
              <Entry entry={entry} now={model.now} />
            ))}
          </ol>
          <p class="note more-repositories">Set up another one:</p>
          <Command text="yb setup-repo https://github.com/OWNER/REPOSITORY" what="command" />
        </>
      )}
    </Layout>
  );
}

function Entry({ entry, now }: { readonly entry: HomeEntry; readonly now: Date }) {
  const { repository, last } = entry;
  return (
    <li class="run-row home-row">
      {last === null ? (
        <State of={{ tone: 'idle', mark: 'waiting', word: 'No run', words: 'No run yet' }} short={true} />
      ) : (
        <State of={headline(last)} short={true} />
      )}
      <a class="subject" href={repositoryLink(repository.fullName)}>
        {repository.fullName}
      </a>
      <span class="branch">
        <BranchIcon />
        <span>{repository.defaultBranch}</span>
      </span>
      <span class="who">{last === null ? '' : titleOf(last)}</span>
      <span class="when">{last === null ? '' : <When at={last.createdAt} now={now} />}</span>
    </li>
  );
}
