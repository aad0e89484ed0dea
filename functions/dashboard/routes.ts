import { TargetQuery } from '../../shared/api/target-schemas.ts';
import { AuditQuery, ListQuery, LiveQuery } from '../../shared/api/schemas.ts';
import { LogLineQuery, LogLinesQuery, LogSearchQuery } from '../../shared/api/log-schemas.ts';
import { createApiHandlers } from './api/handlers.ts';
import { createOwnerHandlers } from './api/owner-handlers.ts';
import { createLogHandlers } from './log/handlers.ts';
import { createPageHandlers } from './pages/handlers.tsx';
import {
  changesRepository,
  changesRun,
  changesSelf,
  forPerson,
  forRepository,
  forRun,
  forSelf,
  open,
  type Route,
} from './http/route.ts';
import { accountLink, accountSessionsLink, accountTokensLink } from '../../shared/links.ts';
import type { Services } from './services.ts';
import { createAccountHandlers } from './pages/account-handlers.tsx';
import { createSelfHandlers } from './api/self-handlers.ts';
import { createSignInHandlers } from './access/sign-in.tsx';

/**
 * Every path of the dashboard, who may ask for it, and who answers. Order matters only where a repository could be named
 * like a path of ours: ours come first.
 */
export function routes(services: Services): readonly Route[] {
  const api = createApiHandlers(services);
  const owner = createOwnerHandlers(services);
  const pages = createPageHandlers(services);
  const logs = createLogHandlers(services);
  const signIn = createSignInHandlers(services);
  const self = createSelfHandlers(services);
  const account = createAccountHandlers(services);
  const repository = '/api/v1/repos/:owner/:repo';
  const testLog = '/runs/:id/attempts/:attempt{[1-9][0-9]?}/tests/:test{[0-9]{1,6}}/log';
  return [
    open({ method: 'GET', path: '/api/v1/server', face: 'api' }, api.server),
    forPerson({ method: 'GET', path: '/api/v1/person', face: 'api' }, api.person),
    changesSelf({ method: 'POST', path: '/api/v1/login', face: 'api', does: 'token.make' }, self.login),
    forSelf({ method: 'GET', path: '/api/v1/tokens', face: 'api' }, self.tokens),
    changesSelf({ method: 'POST', path: '/api/v1/tokens', face: 'api', does: 'token.make' }, self.makeToken),
    changesSelf({ method: 'DELETE', path: '/api/v1/tokens/:id', face: 'api', does: 'token.revoke' }, self.revokeToken),
    forSelf({ method: 'GET', path: '/api/v1/sessions', face: 'api' }, self.sessions),
    changesSelf({ method: 'DELETE', path: '/api/v1/sessions', face: 'api', does: 'session.end' }, self.endSessions),
    changesSelf({ method: 'DELETE', path: '/api/v1/sessions/:id', face: 'api', does: 'session.end' }, self.endSession),
    forRepository({ method: 'GET', path: repository, face: 'api', needs: 'read' }, api.repository),
    changesRepository(
      { method: 'PUT', path: repository, face: 'api', needs: 'admin', does: 'repository.register' },
      api.register,
    ),
    changesRepository(
      { method: 'DELETE', path: repository, face: 'api', needs: 'admin', does: 'repository.unregister' },
      api.unregister,
    ),
    forRepository({ method: 'GET', path: `${repository}/settings`, face: 'api', needs: 'admin' }, owner.settings),
    changesRepository(
      { method: 'PATCH', path: `${repository}/settings`, face: 'api', needs: 'admin', does: 'settings.change' },
      owner.changeSettings,
    ),
    forRepository({ method: 'GET', path: `${repository}/secrets`, face: 'api', needs: 'admin' }, owner.secrets),
    changesRepository(
      { method: 'PUT', path: `${repository}/secrets/:name`, face: 'api', needs: 'admin', does: 'secret.set' },
      owner.setSecret,
    ),
    changesRepository(
      { method: 'DELETE', path: `${repository}/secrets/:name`, face: 'api', needs: 'admin', does: 'secret.remove' },
      owner.removeSecret,
    ),
    forRepository(
      { method: 'GET', path: `${repository}/audit`, face: 'api', needs: 'admin', query: AuditQuery },
      owner.audit,
    ),
    forRepository(
      { method: 'GET', path: `${repository}/runs`, face: 'api', needs: 'read', query: ListQuery },
      api.runs,
    ),
    changesRepository(
      { method: 'POST', path: `${repository}/runs`, face: 'api', needs: 'write', does: 'run.start' },
      api.start,
    ),
    forRepository(
      { method: 'GET', path: `${repository}/targets`, face: 'api', needs: 'read', query: TargetQuery },
      api.targets,
    ),
    forRun({ method: 'GET', path: '/api/v1/runs/:id', face: 'api', needs: 'read' }, api.run),
    forRun({ method: 'GET', path: '/api/v1/runs/:id/log', face: 'api', needs: 'read' }, logs.whole),
    forRun(
      { method: 'GET', path: '/api/v1/runs/:id/log/lines', face: 'api', needs: 'read', query: LogLinesQuery },
      logs.lines,
    ),
    forRun(
      { method: 'GET', path: '/api/v1/runs/:id/log/search', face: 'api', needs: 'read', query: LogSearchQuery },
      logs.search,
    ),
    forRun({ method: 'GET', path: '/api/v1/runs/:id/live', face: 'api', needs: 'read', query: LiveQuery }, api.live),
    forRun({ method: 'GET', path: `/api/v1${testLog}`, face: 'api', needs: 'read' }, logs.test),
    changesRun(
      { method: 'POST', path: '/api/v1/runs/:id/cancel', face: 'api', needs: 'write', does: 'run.cancel' },
      api.cancel,
    ),
    changesRun(
      { method: 'POST', path: '/api/v1/runs/:id/approve', face: 'api', needs: 'write', does: 'run.approve' },
      api.approve,
    ),
    changesRun(
      { method: 'POST', path: '/api/v1/runs/:id/rerun', face: 'api', needs: 'write', does: 'run.rerun' },
      api.rerun,
    ),

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
    forRun({ method: 'GET', path: testLog, face: 'page', needs: 'read' }, logs.test),
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
    forRepository({ method: 'GET', path: '/:owner/:repo/badge.svg', face: 'page', needs: 'read' }, pages.badge),
    forRepository({ method: 'GET', path: '/:owner/:repo/targets', face: 'page', needs: 'read' }, pages.targets),
    changesRepository(
      { method: 'POST', path: '/:owner/:repo/runs', face: 'page', needs: 'write', does: 'run.start' },
      pages.start,
    ),
  ];
}
