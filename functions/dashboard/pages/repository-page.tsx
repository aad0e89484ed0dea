import { feedLink, queryOf, repositoryLink, runLink, targetsLink } from '../../../shared/links.ts';
import type { RepositoryModel } from '../models/repository.ts';
import { headline, titleOf } from '../words/headline.ts';
import { AgainIcon, MarkIcon, OpenIcon } from './icons.tsx';
import { type Frame, Layout } from './layout.tsx';
import { Command, When } from './parts.tsx';
import { RunFilter } from './run-filter.tsx';
import { RunRows } from './run-rows.tsx';
import { HookSection } from './repository-hook.tsx';
import { Keys } from './repository-keys.tsx';
import { Volumes } from './repository-volumes.tsx';

/** A repository's runs, how its default branch stands, and a way to start one. */
export function RepositoryPage(properties: {
  readonly frame: Frame;
  readonly model: RepositoryModel;
  readonly githubUrl: string;
}) {
  const { frame, model, githubUrl } = properties;
  const { fullName } = model.repository;
  return (
    <Layout frame={frame} title={fullName} crumbs={[{ words: fullName, href: repositoryLink(fullName) }]}>
      <>
        <section class="summary" aria-label="In short">
          <div class="words">
            <h1>{fullName}</h1>
            <Health model={model} />
            <p class="commit">
              <span>
                <a href={`${githubUrl}/${fullName}`}>
                  <OpenIcon /> On GitHub
                </a>
              </span>
              {model.registered ? (
                <span>
                  <a href={targetsLink(fullName)}>Tests</a>
                </span>
              ) : null}
              {model.shownToEverybody ? (
                <span>
                  <a href={feedLink(fullName)}>Feed</a>
                </span>
              ) : null}
              {model.shownToEverybody && model.mayWrite ? <span>Shown to everybody</span> : null}
            </p>
          </div>
          {model.mayWrite && model.registered ? <RunForm model={model} click={frame.click} /> : null}
        </section>
        {model.registered ? <Runs model={model} /> : <NotRegistered model={model} />}
        {model.volumes.length === 0 ? null : <Volumes volumes={model.volumes} now={model.now} />}
        {model.hook === null ? null : <HookSection fullName={fullName} health={model.hook} now={model.now} />}
        {model.keys.length === 0 ? null : <Keys rows={model.keys} now={model.now} />}
      </>
    </Layout>
  );
}

function Health({ model }: { readonly model: RepositoryModel }) {
  const { health, repository, now } = model;
  if (health === null) return null;
  const { last, since, colour } = health;
  return (
    <p class="health">
      <span class={`state ${colour === 'green' ? 'good' : 'bad'}`}>
        <MarkIcon mark={colour === 'green' ? 'passed' : 'failed'} />
        <span>
          <strong>{repository.defaultBranch}</strong> is {colour}
        </span>
      </span>{' '}
      <span>
        {health.longer ? 'since before ' : 'since '}
        <a href={runLink(since.id)}>{titleOf(since)}</a>, <When at={since.createdAt} now={now} />
        {colour === 'red' && last.id !== since.id ? (
          <>
            {' · last: '}
            <a href={runLink(last.id)}>{headline(last).words}</a>
          </>
        ) : null}
      </span>
    </p>
  );
}

function RunForm({ model, click }: { readonly model: RepositoryModel; readonly click: string }) {
  const { fullName, defaultBranch } = model.repository;
  return (
    <form class="start" method="post" action={`${repositoryLink(fullName)}/runs`}>
      <input type="hidden" name="click" value={click} />
      <label for="ref">Run a branch</label>
      <div class="together">
        <input
          id="ref"
          name="ref"
          type="text"
          required
          maxlength={1024}
          value={model.filter.branch ?? defaultBranch}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
        />
        <button class="primary" type="submit">
          <AgainIcon /> Run
        </button>
      </div>
    </form>
  );
}

function Runs({ model }: { readonly model: RepositoryModel }) {
  const { fullName, defaultBranch } = model.repository;
  const { branch } = model.filter;
  const isAll = Object.values(model.filter).every((value) => value === undefined);
  return (
    <section class="part" aria-labelledby="runs-title">
      <div class="title">
        <h2 id="runs-title">{branch === undefined ? 'Runs' : `Runs of ${branch}`}</h2>
        {isAll ? null : (
          <a class="button" href={repositoryLink(fullName)}>
            All runs
          </a>
        )}
      </div>
      {isAll && model.runs.length === 0 ? null : <RunFilter filter={model.filter} />}
      {model.runs.length > 0 ? (
        <RunRows runs={model.runs} now={model.now} label="Runs, newest first" />
      ) : model.filter.verdict === undefined && model.filter.author === undefined ? (
        <div class="empty">
          <p>{branch === undefined ? 'No commit has been tested yet.' : 'No run of this branch.'} Push one:</p>
          <Command text={`git push origin ${branch ?? defaultBranch}`} what="command" />
        </div>
      ) : (
        <p class="empty">No run is like that.</p>
      )}
      {model.next === null ? null : (
        <p class="pages">
          <a class="button" href={`${repositoryLink(fullName)}?${queryOf({ ...model.filter, before: model.next })}`}>
            Older runs
          </a>
        </p>
      )}
    </section>
  );
}

function NotRegistered({ model }: { readonly model: RepositoryModel }) {
  return (
    <section class="empty">
      <h2>This repository is not set up yet</h2>
      <p>
        {model.mayAdmin
          ? 'Type this to have every push tested:'
          : 'An administrator of it types this to have every push tested:'}
      </p>
      <Command text={`yb setup-repo ${model.repository.fullName}`} what="command" />
    </section>
  );
}
