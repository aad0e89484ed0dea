import { type Frame, Layout } from './layout.tsx';

/** Where a person ends up who signed out, or whose sign-in GitHub did not complete. */
export function SignInPage({
  frame,
  words,
  href,
}: {
  readonly frame: Frame;
  readonly words: string;
  readonly href: string;
}) {
  return (
    <Layout frame={frame} title="Sign in">
      <section class="message">
        <h1>{words}</h1>
        <p>You see what your GitHub account may see.</p>
        <p>
          <a class="button primary" href={href}>
            Sign in with GitHub
          </a>
        </p>
      </section>
    </Layout>
  );
}
