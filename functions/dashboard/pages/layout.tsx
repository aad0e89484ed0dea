import type { Child } from 'hono/jsx';
import { accountLink } from '../../../shared/links.ts';
import type { Assets } from '../http/assets.ts';

/** What every page is told beside its own content. */
export interface Frame {
  readonly assets: Assets;
  /** Of the person who is signed in. */
  readonly login: string | null;
  /** The way in, for who looks at what is shown to everybody. */
  readonly signIn: string | null;
  readonly now: Date;
  /** Of the buttons of this page that start a run: pressed twice, one of them starts one. */
  readonly click: string;
}

export interface Crumb {
  readonly words: string;
  readonly href: string;
}

interface LayoutProperties {
  readonly frame: Frame;
  readonly title: string;
  /** The way to this page; the last one is the page itself. */
  readonly crumbs?: readonly Crumb[];
  /** Seconds until a browser without scripts loads the page again. */
  readonly refresh?: number | undefined;
  readonly children: Child;
}

export function Layout({ frame, title, crumbs = [], refresh, children }: LayoutProperties) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{title} · yb</title>
        <link rel="icon" href={frame.assets.icon.path} type="image/svg+xml" />
        <link rel="stylesheet" href={frame.assets.style.path} />
        <script src={frame.assets.script.path} type="module"></script>
        {refresh === undefined ? null : (
          <noscript>
            <meta http-equiv="refresh" content={String(refresh)} />
          </noscript>
        )}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <div class="bar">
            <a class="brand" href="/">
              yb<span class="hidden"> home</span>
            </a>
            <nav class="crumbs" aria-label="You are here">
              <ol>
                {crumbs.map((crumb, index) => (
                  <li>
                    <a href={crumb.href} {...(index === crumbs.length - 1 ? { 'aria-current': 'page' } : {})}>
                      {crumb.words}
                    </a>
                  </li>
                ))}
              </ol>
            </nav>
            {frame.signIn === null || frame.login !== null ? null : (
              <span class="person">
                <a href={frame.signIn}>Sign in</a>
              </span>
            )}
            {frame.login === null ? null : (
              <form class="person" method="post" action="/auth/sign-out">
                <a class="login" href={accountLink}>
                  {frame.login}
                </a>
                <button class="quiet" type="submit">
                  Sign out
                </button>
              </form>
            )}
          </div>
        </header>
        <main id="main" tabindex={-1}>
          {children}
        </main>
      </body>
    </html>
  );
}
