import { type HookHealth, hookLines } from '../../../shared/repository/hook-health.ts';
import { When } from './parts.tsx';

/** Whether GitHub's calls come in: for a repository's administrators. */
export function HookSection({ health, now }: { readonly health: HookHealth; readonly now: Date }) {
  return (
    <section class="part" aria-labelledby="hook-title">
      <div class="title">
        <h2 id="hook-title">Hook</h2>
      </div>
      <table class="told">
        <tbody>
          {hookLines(health).map(({ what, at, words }) => (
            <tr>
              <th scope="row">{what}</th>
              <td>
                {at === null ? null : <When at={at} now={now} />}
                {at === null || words === '' ? words : `: ${words}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
