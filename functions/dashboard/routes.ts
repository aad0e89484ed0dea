import { LogLineQuery } from '../../shared/api/log-schemas.ts';
import { operations, testLogPath } from '../../shared/api/operations.ts';
import { createApiHandlers } from './api/handlers.ts';
import { createEventStream } from './api/event-stream.ts';
import { createOwnerHandlers } from './api/owner-handlers.ts';
import { createLogHandlers } from './log/handlers.ts';
import { createPageHandlers } from './pages/handlers.tsx';
import {
  at,
  changesRepository,
  changesRun,
  changesSelf,
  forKeyHolder,
  forPerson,
  forRepository,
  forRun,
  forSelf,
  open,
  type Route,
} from './http/route.ts';
import { accountLink, accountSessionsLink, accountTokensLink } from '../../shared/links.ts';
import type { Log } from '../../shared/outside/log.ts';
import type { Services } from './services.ts';
import { createAccountHandlers } from './pages/account-handlers.tsx';
import { createSelfHandlers } from './api/self-handlers.ts';
import { createSignInHandlers } from './access/sign-in.tsx';

/**
 * Every path of the dashboard, who may ask for it, and who answers. Order matters only where a repository could be named
 * like a path of ours: ours come first.
 */
export function routes(services: Services, log: Log): readonly Route[] {
  const api = createApiHandlers(services);
  const owner = createOwnerHandlers(services);
  const pages = createPageHandlers(services);
  const logs = createLogHandlers(services);
  const signIn = createSignInHandlers(services);
  const self = createSelfHandlers(services);
  const events = createEventStream(services, log);
  const account = createAccountHandlers(services);
  return [
    open(at(operations.describe), api.describe),
    open(at(operations.server), api.server),
    forPerson(at(operations.person), api.person),
    changesSelf(at(operations.login), self.login),
    forSelf(at(operations.tokens), self.tokens),
    changesSelf(at(operations.makeToken), self.makeToken),
    changesSelf(at(operations.revokeToken), self.revokeToken),
    forSelf(at(operations.sessions), self.sessions),
    changesSelf(at(operations.endSessions), self.endSessions),
    changesSelf(at(operations.endSession), self.endSession),
    forRepository(at(operations.repository), api.repository),
    changesRepository(at(operations.register), api.register),
    changesRepository(at(operations.unregister), api.unregister),
    forRepository(at(operations.settings), owner.settings),
    changesRepository(at(operations.changeSettings), owner.changeSettings),
    forRepository(at(operations.secrets), owner.secrets),
    changesRepository(at(operations.setSecret), owner.setSecret),
    changesRepository(at(operations.removeSecret), owner.removeSecret),
    changesRepository(at(operations.redeliver), api.redeliver),
    changesRepository(at(operations.makeBadgeKey), owner.makeBadgeKey),
    changesRepository(at(operations.removeBadgeKey), owner.removeBadgeKey),
    forRepository(at(operations.audit), owner.audit),
    forRepository(at(operations.runs), api.runs),
    changesRepository(at(operations.start), api.start),
    forRepository(at(operations.targets), api.targets),
    forRun(at(operations.run), api.run),
    forRun(at(operations.log), logs.whole),
    forRun(at(operations.logLines), logs.lines),
    forRun(at(operations.searchLog), logs.search),
    forRun(at(operations.live), api.live),
    forRun(at(operations.events), events),
    forRun(at(operations.testLog), logs.test),
    changesRun(at(operations.cancel), api.cancel),
    changesRun(at(operations.approve), api.approve),
    changesRun(at(operations.rerun), api.rerun),

    open({ method: 'GET', path: '/auth/sign-in', face: 'page' }, signIn.begin),
    open({ method: 'GET', path: '/auth/callback', face: 'page' }, signIn.callback),
    open({ method: 'POST', path: '/auth/sign-out', face: 'page' }, signIn.end),
    open({ method: 'GET', path: '/auth/signed-out', face: 'page' }, signIn.ended),

    forPerson({ method: 'GET', path: '/', face: 'page' }, pages.home),
    forSelf({ method: 'GET', path: accountLink, face: 'page' }, account.show),
    changesSelf({ method: 'POST', path: accountTokensLink, face: 'page', does: 'token.make' }, account.makeToken),
    changesSelf(
      { method: 'POST', path: `${accountTokensLink}/revoke`, face: 'page', does: 'token.revoke' },
      account.revokeToken,
    ),
    changesSelf(
      { method: 'POST', path: `${accountSessionsLink}/end`, face: 'page', does: 'session.end' },
      account.endSessions,
    ),
    forRun({ method: 'GET', path: '/runs/:id{[a-z0-9]{26}}', face: 'page', needs: 'read' }, pages.run),
    forRun({ method: 'GET', path: '/runs/:id/log', face: 'page', needs: 'read' }, logs.whole),
    forRun({ method: 'GET', path: '/runs/:id/log/line', face: 'page', needs: 'read', query: LogLineQuery }, logs.line),
    forRun({ method: 'GET', path: `/runs/:id${testLogPath}`, face: 'page', needs: 'read' }, logs.test),
    changesRun(
      { method: 'POST', path: '/runs/:id/rerun', face: 'page', needs: 'write', does: 'run.rerun' },
      pages.rerun,
    ),
    changesRun(
      { method: 'POST', path: '/runs/:id/approve', face: 'page', needs: 'write', does: 'run.approve' },
      pages.approve,
    ),
    changesRun(
      { method: 'POST', path: '/runs/:id/cancel', face: 'page', needs: 'write', does: 'run.cancel' },
      pages.cancel,
    ),
    forRepository({ method: 'GET', path: '/:owner/:repo', face: 'page', needs: 'read' }, pages.repository),
    forKeyHolder({ method: 'GET', path: '/:owner/:repo/badge.svg', face: 'page', needs: 'read' }, pages.badge),
    forKeyHolder({ method: 'GET', path: '/:owner/:repo/runs.atom', face: 'page', needs: 'read' }, pages.feed),
    forRepository({ method: 'GET', path: '/:owner/:repo/targets', face: 'page', needs: 'read' }, pages.targets),
    changesRepository(
      { method: 'POST', path: '/:owner/:repo/runs', face: 'page', needs: 'write', does: 'run.start' },
      pages.start,
    ),
    changesRepository(
      { method: 'POST', path: '/:owner/:repo/hook/redeliver', face: 'page', needs: 'admin', does: 'hook.redeliver' },
      pages.redeliver,
    ),
  ];
}
