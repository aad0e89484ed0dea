import type { User } from '../state.ts';
import { type Urls, nodeId } from './urls.ts';

/** A user as others see him (schema `simple-user`). */
export function userView(urls: Urls, user: User) {
  const url = `${urls.api}/users/${user.login}`;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId('User', user.id),
    avatar_url: `${urls.web}/avatars/${String(user.id)}`,
    gravatar_id: '',
    url,
    html_url: `${urls.web}/${user.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: 'User',
    user_view_type: 'public',
    site_admin: false,
  };
}

/** A user's public page (schema `public-user`). */
export function publicUserView(urls: Urls, user: User, publicRepos: number) {
  return {
    ...userView(urls, user),
    name: user.login,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: publicRepos,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: user.createdAt,
    updated_at: user.createdAt,
  };
}

/** The address that GitHub gives to those who hide their own. */
export function hiddenEmail(user: User): string {
  return `${String(user.id)}+${user.login}@users.noreply.github.com`;
}
