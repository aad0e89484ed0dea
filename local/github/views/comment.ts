import type { CommitComment, Repository, User } from '../state.ts';
import { type Urls, nodeId } from './urls.ts';
import { userView } from './user.ts';

/** What somebody said about a commit (schema `commit-comment`). */
export function commentView(
  options: { readonly urls: Urls; readonly fullName: string; readonly repository: Repository; readonly author: User },
  comment: CommitComment,
) {
  const { urls, fullName, repository, author } = options;
  return {
    url: `${urls.api}/repos/${fullName}/comments/${String(comment.id)}`,
    html_url: `${urls.web}/${fullName}/commit/${comment.sha}#commitcomment-${String(comment.id)}`,
    id: comment.id,
    node_id: nodeId('CommitComment', comment.id),
    user: userView(urls, author),
    position: null,
    line: null,
    path: null,
    commit_id: comment.sha,
    body: comment.body,
    author_association: author.id === repository.ownerId ? ('OWNER' as const) : ('COLLABORATOR' as const),
    created_at: comment.createdAt,
    updated_at: comment.createdAt,
  };
}
