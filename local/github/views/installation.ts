import type { Installation } from '../state.ts';
import type { Store } from '../store.ts';
import type { Urls } from './urls.ts';
import { userView } from './user.ts';

/** An installation of the application on an account (https://docs.github.com/rest/apps/installations). */
export function installationView(store: Store, urls: Urls, { id, accountId, repositories }: Installation): object {
  const { app } = store.state;
  const account = store.userById(accountId);
  const createdAt = account?.createdAt ?? new Date(0).toISOString();
  const here = `${urls.api}/app/installations/${String(id)}`;
  return {
    id,
    account: account === undefined ? null : userView(urls, account),
    access_tokens_url: `${here}/access_tokens`,
    repositories_url: `${urls.api}/installation/repositories`,
    html_url: `${urls.web}/apps/${app.slug}/installations/new`,
    app_id: app.id,
    client_id: store.state.oauth.clientId,
    target_id: accountId,
    target_type: 'User',
    permissions: { contents: 'read', metadata: 'read', repository_hooks: 'write', statuses: 'write' },
    events: ['push'],
    created_at: createdAt,
    updated_at: createdAt,
    single_file_name: null,
    repository_selection: repositories === null ? 'all' : 'selected',
    suspended_by: null,
    suspended_at: null,
    app_slug: app.slug,
  };
}
