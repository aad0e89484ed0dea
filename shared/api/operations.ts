// Over 300 lines because it is one table.
import * as z from 'zod';
import { SettingsChange } from '../repository/settings.ts';
import { LiveQuery, LiveView } from './live-schemas.ts';
import { LogLinesQuery, LogLinesView, LogSearchQuery, LogSearchView } from './log-schemas.ts';
import type { Operation } from './operation.ts';
import { LoginBody, MadeToken, SessionList, TokenBody, TokenList } from './self-schemas.ts';
import { TargetHistoryView, TargetListView, TargetQuery } from './target-schemas.ts';
import {
  AuditList,
  AuditQuery,
  BadgeView,
  ListQuery,
  NoBody,
  PersonView,
  RegistrationBody,
  RepositoryView,
  RerunBody,
  RunDetails,
  RunList,
  RunView,
  SecretBody,
  SecretList,
  ServerView,
  SettingsView,
  StartBody,
} from './schemas.ts';

const repository = '/repos/:owner/:repo';
const run = '/runs/:id';

/** Below an attempt's address: what one of its tests printed. */
export const testLogPath = '/attempts/:attempt{[1-9][0-9]?}/tests/:test{[0-9]{1,6}}/log';

/**
 * Everything that programs may ask of the dashboard. Server, OpenAPI's document, the documentation's table and the tests read this one
 * table, by the names that stand here.
 */
export const operations = {
  describe: {
    method: 'GET',
    path: '/openapi.json',
    needs: 'nothing',
    answers: { 200: 'document' },
    words:
      'all that stands in this table, with every field, as [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html)',
  },
  server: {
    method: 'GET',
    path: '/server',
    needs: 'nothing',
    answers: { 200: ServerView },
    words: 'which server this is; `install` is where people install the GitHub App, if that is known',
  },
  person: {
    method: 'GET',
    path: '/person',
    needs: 'sign-in',
    answers: { 200: PersonView },
    words: 'whose token it is',
  },
  login: {
    method: 'POST',
    path: '/login',
    needs: 'self',
    does: 'token.make',
    body: LoginBody,
    answers: { 201: MadeToken },
    words: 'a token of yb’s own, for the one of GitHub’s device flow with which it is asked',
  },
  tokens: {
    method: 'GET',
    path: '/tokens',
    needs: 'self',
    answers: { 200: TokenList },
    words: 'the person’s tokens; `kind` is `login` of what `yb login` keeps',
  },
  makeToken: {
    method: 'POST',
    path: '/tokens',
    needs: 'self',
    does: 'token.make',
    body: TokenBody,
    answers: { 201: MadeToken },
    words: 'the new token, which is shown this once; `days` up to 365, 90 if left out',
  },
  revokeToken: {
    method: 'DELETE',
    path: '/tokens/:id',
    needs: 'self',
    does: 'token.revoke',
    answers: { 204: 'nothing' },
    words: 'refused from the next request on; `current` is the one that asks',
  },
  sessions: {
    method: 'GET',
    path: '/sessions',
    needs: 'self',
    answers: { 200: SessionList },
    words: 'the browsers in which the person is signed in',
  },
  endSessions: {
    method: 'DELETE',
    path: '/sessions',
    needs: 'self',
    does: 'session.end',
    answers: { 204: 'nothing' },
    words: 'ends all of them',
  },
  endSession: {
    method: 'DELETE',
    path: '/sessions/:id',
    needs: 'self',
    does: 'session.end',
    answers: { 204: 'nothing' },
    words: 'ends one',
  },
  repository: {
    method: 'GET',
    path: repository,
    needs: 'read',
    answers: { 200: RepositoryView },
    words: 'the repository; `registered: false` if nobody has set it up',
  },
  register: {
    method: 'PUT',
    path: repository,
    needs: 'admin',
    does: 'repository.register',
    body: RegistrationBody,
    answers: { 200: RepositoryView },
    words: 'registers it, or changes what is registered; the same view',
  },
  unregister: {
    method: 'DELETE',
    path: repository,
    needs: 'admin',
    does: 'repository.unregister',
    answers: { 204: 'nothing' },
    words: 'takes it out: its secrets are gone at once, its runs end, its volumes go; what it ran stays',
  },
  settings: {
    method: 'GET',
    path: `${repository}/settings`,
    needs: 'admin',
    answers: { 200: SettingsView },
    words: 'what its owner [set](configuration.md); what is left out is the installation’s',
  },
  changeSettings: {
    method: 'PATCH',
    path: `${repository}/settings`,
    needs: 'admin',
    does: 'settings.change',
    body: SettingsChange,
    answers: { 200: SettingsView },
    words: 'changes what is sent and nothing else; `null` goes back to the installation’s',
  },
  secrets: {
    method: 'GET',
    path: `${repository}/secrets`,
    needs: 'admin',
    answers: { 200: SecretList },
    words: 'names, and who set them; values never come back',
  },
  setSecret: {
    method: 'PUT',
    path: `${repository}/secrets/:name`,
    needs: 'admin',
    does: 'secret.set',
    body: SecretBody,
    answers: { 204: 'nothing' },
    words: 'sets a secret of its builds',
  },
  removeSecret: {
    method: 'DELETE',
    path: `${repository}/secrets/:name`,
    needs: 'admin',
    does: 'secret.remove',
    answers: { 204: 'nothing' },
    words: 'removes it',
  },
  redeliver: {
    method: 'POST',
    path: `${repository}/hook/redeliver`,
    needs: 'admin',
    does: 'hook.redeliver',
    body: NoBody,
    mayBeEmpty: true,
    answers: { 202: RepositoryView },
    words:
      'has GitHub be asked within a minute which deliveries of the last three days failed, and to make them again: the repository, whose hook’s `checkedAt` is later when that is done',
  },
  makeBadgeKey: {
    method: 'POST',
    path: `${repository}/badge-key`,
    needs: 'admin',
    does: 'badge-key.make',
    body: NoBody,
    mayBeEmpty: true,
    answers: { 201: BadgeView },
    words:
      'the addresses of badge and feed for who may not read the repository, with a key that is shown this once; the one before is no longer good',
  },
  removeBadgeKey: {
    method: 'DELETE',
    path: `${repository}/badge-key`,
    needs: 'admin',
    does: 'badge-key.remove',
    answers: { 204: 'nothing' },
    words: 'there is no such key any more',
  },
  audit: {
    method: 'GET',
    path: `${repository}/audit`,
    needs: 'admin',
    query: AuditQuery,
    answers: { 200: AuditList },
    words: 'who changed what, newest first; `before` is the `id` of the last entry of the page before',
  },
  runs: {
    method: 'GET',
    path: `${repository}/runs`,
    needs: 'read',
    query: ListQuery,
    answers: { 200: RunList },
    words:
      'its runs, newest first: all, or those of a branch, with a verdict, of commits of an author, or of several of these; `limit` up to 100, `next` is what to ask as `before` for older ones, `null` where there are none',
  },
  start: {
    method: 'POST',
    path: `${repository}/runs`,
    needs: 'write',
    does: 'run.start',
    body: StartBody,
    answers: { 201: RunView, 202: RunView },
    words:
      'the run of that branch’s newest commit; `ref` short or in full. `click`, 32 hexadecimal digits made for each wish, lets it be sent again: the same is the same run. With `cache: false` all tests are executed, also those of which a cache has the result. `202` if it was accepted, but is not written down yet',
  },
  targets: {
    method: 'GET',
    path: `${repository}/targets`,
    needs: 'read',
    query: TargetQuery,
    answers: { 200: z.union([TargetHistoryView, TargetListView]) },
    words:
      'with `label`, a test’s [history](flaky-tests.md): last results, flake rate, usual duration, what its newest failures left; of an unknown label, no results. Without it, the tests that fail on the default branch, and flaky ones, flakiest first; 100 of each at most',
  },
  run: {
    method: 'GET',
    path: run,
    needs: 'read',
    answers: { 200: RunDetails },
    words: 'the run with its targets, what is known of its log, and which tests `disappeared`',
  },
  log: {
    method: 'GET',
    path: `${run}/log`,
    needs: 'read',
    answers: { 200: 'text', 302: 'elsewhere' },
    words:
      'once the run has ended a link to the whole log, good for five minutes; before, the text so far with `X-Yb-Log-Complete: false`',
  },
  logLines: {
    method: 'GET',
    path: `${run}/log/lines`,
    needs: 'read',
    query: LogLinesQuery,
    answers: { 200: LogLinesView },
    words:
      '`count` lines (200, at most 1,000) from one on, as they were printed; `more` bytes of a long line are left out',
  },
  searchLog: {
    method: 'GET',
    path: `${run}/log/search`,
    needs: 'read',
    query: LogSearchQuery,
    answers: { 200: LogSearchView },
    words:
      'lines with these words, in whatever case. Each request looks at a part; `next` is the `from` of the one that goes on, `null` at the end',
  },
  live: {
    method: 'GET',
    path: `${run}/live`,
    needs: 'read',
    query: LiveQuery,
    answers: { 200: LiveView },
    words: 'what is new since a cursor: log lines, changed targets, the next cursor',
  },
  events: {
    method: 'GET',
    path: `${run}/events`,
    needs: 'read',
    answers: { 200: 'events', 204: 'nothing' },
    words:
      'the same as it happens, as [events that a server sends](#events); `204` if all was told and the run has ended',
  },
  testLog: {
    method: 'GET',
    path: `${run}${testLogPath}`,
    needs: 'read',
    answers: { 302: 'elsewhere' },
    words: 'what a test printed; a target’s `log` is its address',
  },
  cancel: {
    method: 'POST',
    path: `${run}/cancel`,
    needs: 'write',
    does: 'run.cancel',
    body: NoBody,
    mayBeEmpty: true,
    answers: { 202: RunView },
    words: 'the run as it is; nothing happens to one that has ended',
  },
  approve: {
    method: 'POST',
    path: `${run}/approve`,
    needs: 'write',
    does: 'run.approve',
    body: NoBody,
    mayBeEmpty: true,
    answers: { 202: RunView },
    words: 'lets a fork’s commit run: the run after that; nothing happens to one that waits for no such word',
  },
  rerun: {
    method: 'POST',
    path: `${run}/rerun`,
    needs: 'write',
    does: 'run.rerun',
    body: RerunBody,
    mayBeEmpty: true,
    answers: { 201: RunView, 202: RunView },
    words: 'a new run of the same commit; `click`, `cache` and `202` as above',
  },
} as const satisfies Readonly<Record<string, Operation>>;
