import { type HookHealth, hookLines } from '../../../shared/repository/hook-health.ts';
import { repositoryLink } from '../../../shared/links.ts';
import { When } from './parts.tsx';

/** Whether GitHub's calls come in: for a repository's administrators. */
export function HookSection(properties: {
  readonly fullName: string;
  readonly health: HookHealth;
  readonly now: Date;
}) {
  const { fullName, health, now } = properties;
  return (
    <section class="part" aria-labelledby="hook-title">
      <div class="title">
        <h2 id="hook-title">Hook</h2>
        <form method="post" action={`${repositoryLink(fullName)}/hook/redeliver`}>
          <button type="submit">Make failed deliveries again</button>
        </form>
      </div>
      <table class="told">
        <tbody>
          {hookLines(health, now).map(({ what, at, words }) => (
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
