import type { KeyRow } from '../models/keys.ts';
import { When } from './parts.tsx';

/** What opens something of a repository, since when, and how another takes its place: for its administrators. */
export function Keys({ rows, now }: { readonly rows: readonly KeyRow[]; readonly now: Date }) {
  return (
    <section class="part" aria-labelledby="keys-title">
      <div class="title">
        <h2 id="keys-title">Keys</h2>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Since</th>
            <th scope="col">To renew it</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ what, since, by, until, renew }) => (
            <tr>
              <th scope="row">{what}</th>
              <td>
                <When at={since} now={now} />
                {by === null ? '' : `, by ${by}`}
              </td>
              <td>
                {until === null ? null : 'replaced: is good for an hour after that'}
                {renew === null ? until === null ? 'happens by itself' : null : <code>{renew}</code>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
