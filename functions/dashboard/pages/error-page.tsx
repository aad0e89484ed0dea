import type { Problem } from '../http/problems.ts';
import { type Frame, Layout } from './layout.tsx';

/** Any refusal and any failure, in the words of the API. */
export function ErrorPage({ frame, problem }: { readonly frame: Frame; readonly problem: Problem }) {
  return (
    <Layout frame={frame} title={problem.title}>
      <section class="message">
        <p class="number">{problem.status}</p>
        <h1>{problem.title}</h1>
        <p>{problem.detail}</p>
        {problem.retryAfter === undefined ? null : <p>Another try can succeed in {problem.retryAfter} s.</p>}
        <p>
          <a href="/">Your repositories</a>
        </p>
      </section>
    </Layout>
  );
}
