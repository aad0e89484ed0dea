/** A repository as GitHub shows it to one person, with what that person may do. */
export interface PersonsRepository {
  readonly id: string;
  readonly fullName: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  /** Numeric account id. */
  readonly ownerId: string;
  readonly permissions: { readonly admin: boolean; readonly push: boolean; readonly pull: boolean };
}

export interface Person {
  readonly id: string;
  readonly login: string;
}

export interface ResolvedRef {
  /** In full. */
  readonly ref: string;
  readonly sha: string;
  readonly commit: { readonly subject: string; readonly author: string | null; readonly committedAt: string | null };
}

/** A commit's status (https://docs.github.com/rest/commits/statuses) under one context. */
export interface StatusToShow {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** At most 140 characters: GitHub refuses more. */
  readonly description: string;
  readonly targetUrl: string;
  readonly context: string;
}

export interface ShownStatus {
  readonly state: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
}

export interface CommitName {
  readonly fullName: string;
  readonly sha: string;
}

export interface Commits {
  readonly commits: readonly { readonly sha: string; readonly subject: string; readonly author: string | null }[];
  readonly total: number;
  readonly link: string;
}

/** GitHub as far as this system knows it. Every failure is a YbError; one that may pass says when, if GitHub said so. */
export interface GitHub extends GitHubOfPeople, GitHubOfRepositories {}

/** What of a repository a token of the App's installation is for (https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app). */
export interface InstallationPermissions {
  readonly contents?: 'read';
  readonly statuses?: 'write';
  readonly repository_hooks?: 'write';
}

/** One try of GitHub to deliver something to a hook. Tries of one delivery have one `guid`. */
export interface HookDelivery {
  readonly hookId: string;
  readonly id: string;
  readonly guid: string;
  readonly deliveredAt: Date;
  /** What was answered; 0 where nothing was. */
  readonly statusCode: number;
}

export interface InstallationToken {
  readonly token: string;
  /** An hour after it was made. */
  readonly expiresAt: Date;
}

/** What is done for a repository, with its credential. */
export interface GitHubOfRepositories {
  /**
   * A token of the App's installation, for this repository and these permissions alone, but for what is named.
   * @throws YbError `github-not-found` or `github-refused` where the App is not installed on it with them
   */
  installationToken(
    repository: { readonly id: string; readonly fullName: string },
    permissions: InstallationPermissions,
    /** Numbers of further repositories of the same account that it is for. */
    also?: readonly string[],
  ): Promise<InstallationToken>;
  /**
   * Whether the commit is on the branch (short name): its tip, or behind it. A commit of a fork can be had by its SHA from the
   * repository that was forked, and is on none of its branches. Without a token, as anybody sees it.
   * @throws YbError `github-not-found` or `github-unauthorized` if the repository is not shown, others if it may be later
   */
  isOnBranch(token: string | null, commit: CommitName, branch: string): Promise<boolean>;
  /**
   * Whether the commit is the newest of a pull request to the repository, or behind it.
   * @throws as {@link isOnBranch}
   */
  isInPull(token: string | null, commit: CommitName, pull: number): Promise<boolean>;
  /**
   * What was delivered since to the hook whose address ends with this key, in any order; null if the repository has no such hook.
   * @throws YbError `github-unauthorized` or `github-not-found` where the credential may not see it, others if it may later
   */
  deliveries(
    token: string,
    hook: { readonly fullName: string; readonly hookKey: string },
    since: Date,
  ): Promise<HookDelivery[] | null>;
  /** Asks for a delivery to be made once more. @throws as {@link deliveries} */
  redeliver(token: string, fullName: string, delivery: Pick<HookDelivery, 'hookId' | 'id'>): Promise<void>;
  /**
   * The commits that `to` has and `from` has not, oldest first: the first of them, how many there are, and where people look at them.
   * @throws YbError `github-not-found` if one of them is not there, others if it may be later
   */
  commitsBetween(
    token: string,
    fullName: string,
    range: { readonly from: string; readonly to: string },
  ): Promise<Commits>;
  /** What was said about a commit, by anybody: the first 300 comments. @throws as {@link comment} */
  comments(token: string, commit: CommitName): Promise<string[]>;
  /**
   * Says something about a commit, as Markdown: GitHub tells its author. Not idempotent.
   * @throws YbError `github-refused`, `github-unauthorized` or `github-not-found` if it never will, others if it may later
   */
  comment(token: string, commit: CommitName, body: string): Promise<void>;
  /** The newest status of this context, or null. */
  readStatus(token: string, commit: CommitName, context: string): Promise<ShownStatus | null>;
  /**
   * Makes GitHub show a status. Not idempotent: each call adds an entry to the commit's list (at most 1,000 of a context).
   * @throws YbError `github-refused`, `github-unauthorized` or `github-not-found` if it never will, others if it may later
   */
  writeStatus(token: string, commit: CommitName, status: StatusToShow): Promise<void>;
}

/**
 * GitHub as people see it: every question is asked with the person's own token, so that GitHub's answer is that person's
 * right. `null` means that GitHub does not show it to this token, which is all that anybody is told.
 * @throws YbError `unauthenticated` if GitHub does not know the token, `github-rate-limited`, `github-unavailable`
 */
export interface GitHubOfPeople {
  /**
   * Exchanges the code that a sign-in gave a browser (RFC 6749, with the verifier of RFC 7636).
   * @throws YbError `unauthenticated` if GitHub refuses the code
   */
  exchange(attempt: SignInAttempt): Promise<Grant>;
  /**
   * The next grant in place of one whose token expires. It works once: the token before and this refresh token are no good after.
   * @throws YbError `unauthenticated` if GitHub refuses it
   */
  refresh(refreshToken: string): Promise<Grant>;
  /**
   * Whether this installation's own App gave the token to a person. One that any other program was given says nothing of who
   * sends it: a program that holds it could be anybody.
   */
  isOurs(token: string): Promise<boolean>;
  /** Follows renames: the answer may have another name than was asked for. */
  repository(token: string, fullName: string): Promise<PersonsRepository | null>;
  repositoryById(token: string, repoId: string): Promise<PersonsRepository | null>;
  /** Whether the App is installed on a repository that the person sees, as GitHub says to the App's own token for the person. */
  isInstalled(token: string, repository: Pick<PersonsRepository, 'id' | 'ownerId'>): Promise<boolean>;
  /** The repositories that the person used last, at most 100. */
  repositories(token: string): Promise<PersonsRepository[]>;
  /** Null for a token that is nobody's (an installation's). */
  user(token: string): Promise<Person | null>;
  /** Null if there is no such branch. `ref` is in full and a branch. */
  resolveRef(token: string, fullName: string, ref: string): Promise<ResolvedRef | null>;
  /** What a repository's credential is worth: whether it can read the code, and whether it reaches beyond it. */
  examine(token: string, fullName: string): Promise<TokenExamination>;
}

/** What GitHub gave the App for a person: a token, and what the next one is had with where tokens expire. */
export interface Grant {
  readonly token: string;
  /** Null for a token that ends only when somebody ends it. */
  readonly expiresAt: Date | null;
  readonly refreshToken: string | null;
}

export interface TokenExamination {
  readonly repository: PersonsRepository | null;
  readonly readsCode: boolean;
  /** A classic or OAuth token: good for everything that its person may do. */
  readonly broad: boolean;
}

export interface SignInAttempt {
  readonly code: string;
  readonly verifier: string;
  readonly callbackUrl: string;
}
