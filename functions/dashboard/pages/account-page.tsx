import type { SessionView, TokenView } from '../../../shared/api/self-schemas.ts';
import { accountLink, accountSessionsLink, accountTokensLink } from '../../../shared/links.ts';
import { type Frame, Layout } from './layout.tsx';
import { Command, When } from './parts.tsx';

export interface AccountModel {
  readonly login: string;
  readonly sessions: readonly SessionView[];
  readonly tokens: readonly TokenView[];
  /** The address of this installation. */
  readonly server: string;
}

/** What came of the form: a token, which is shown this once, or why there is none. */
export type Outcome =
  | { readonly type: 'made'; readonly token: string; readonly name: string }
  | { readonly type: 'refused'; readonly words: string };

interface AccountProperties {
  readonly frame: Frame;
  readonly model: AccountModel;
  readonly outcome: Outcome | null;
}

/** Where a person is signed in, and the tokens with which programs act for them. */
export function AccountPage({ frame, model, outcome }: AccountProperties) {
  return (
    <Layout frame={frame} title="Your account" crumbs={[{ words: 'Your account', href: accountLink }]}>
      <>
        <section class="summary" aria-label="In short">
          <div class="words">
            <h1>{model.login}</h1>
            <p class="note">You see and do here what GitHub lets you. So do your tokens, and never more.</p>
          </div>
        </section>
        {outcome?.type === 'made' ? <Made outcome={outcome} server={model.server} /> : null}
        <Tokens tokens={model.tokens} now={frame.now} />
        <TokenForm refused={outcome?.type === 'refused' ? outcome.words : null} />
        <Sessions sessions={model.sessions} now={frame.now} />
      </>
    </Layout>
  );
}

function Made({ outcome, server }: { readonly outcome: { token: string; name: string }; readonly server: string }) {
  return (
    <section class="part" aria-labelledby="made-title" role="status">
      <div class="title">
        <h2 id="made-title">Your token “{outcome.name}”</h2>
      </div>
      <p>Copy it now: nobody can show it again.</p>
      <Command text={outcome.token} what="token" />
      <p class="note">A program that runs yb takes it from its environment, with the server:</p>
      <Command text={`export YB_SERVER=${server} YB_TOKEN=…`} what="command" />
    </section>
  );
}

function Tokens({ tokens, now }: { readonly tokens: readonly TokenView[]; readonly now: Date }) {
  return (
    <section class="part" aria-labelledby="tokens-title">
      <div class="title">
        <h2 id="tokens-title">Tokens</h2>
      </div>
      {tokens.length === 0 ? (
        <p class="note">There are none.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Token</th>
              <th scope="col">May</th>
              <th scope="col">Last used</th>
              <th scope="col">Ends</th>
              <th scope="col">
                <span class="hidden">Revoke</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {tokens.map((token) => (
              <tr>
                <th scope="row">{token.name}</th>
                <td>
                  {token.kind === 'login' ? 'all that you may' : token.scope}
                  {token.repositories === null ? '' : `, of ${token.repositories.join(', ')}`}
                </td>
                <td>{token.lastUsedAt === null ? 'never' : <When at={new Date(token.lastUsedAt)} now={now} />}</td>
                <td>{token.expiresAt.slice(0, 10)}</td>
                <td class="figure">
                  <form method="post" action={`${accountTokensLink}/revoke`}>
                    <input type="hidden" name="id" value={token.id} />
                    <button type="submit" aria-label={`Revoke ${token.name}`}>
                      Revoke
                    </button>
                  </form>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function TokenForm({ refused }: { readonly refused: string | null }) {
  return (
    <section class="part" aria-labelledby="make-title">
      <div class="title">
        <h2 id="make-title">Make a token</h2>
      </div>
      {refused === null ? null : <p role="alert">{refused}.</p>}
      <form class="fields" method="post" action={accountTokensLink}>
        <label for="token-name">What it is for</label>
        <input id="token-name" name="name" type="text" required maxlength={100} autocomplete="off" />
        <label for="token-scope">It may</label>
        <select id="token-scope" name="scope">
          <option value="read">see runs and logs</option>
          <option value="run">see, start and cancel runs</option>
          <option value="admin">all of that, and settings and secrets</option>
        </select>
        <label for="token-repositories">Only of these repositories, as OWNER/NAME; of all, if left empty</label>
        <input id="token-repositories" name="repositories" type="text" autocomplete="off" spellcheck={false} />
        <label for="token-days">For how many days</label>
        <input id="token-days" name="days" type="number" min={1} max={365} value="90" required />
        <button class="primary" type="submit">
          Make the token
        </button>
      </form>
    </section>
  );
}

function Sessions({ sessions, now }: { readonly sessions: readonly SessionView[]; readonly now: Date }) {
  return (
    <section class="part" aria-labelledby="sessions-title">
      <div class="title">
        <h2 id="sessions-title">Where you are signed in</h2>
        <form method="post" action={`${accountSessionsLink}/end`}>
          <button type="submit">Sign out everywhere</button>
        </form>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">Browser</th>
            <th scope="col">From</th>
            <th scope="col">Since</th>
            <th scope="col">
              <span class="hidden">Sign out</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <tr>
              <th scope="row">{session.current ? 'This browser' : (session.agent ?? 'Another browser')}</th>
              <td>{session.from ?? 'not known'}</td>
              <td>
                <When at={new Date(session.createdAt)} now={now} />
              </td>
              <td class="figure">
                <form method="post" action={`${accountSessionsLink}/end`}>
                  <input type="hidden" name="id" value={session.id} />
                  <button type="submit" aria-label={`Sign out session ${session.id}`}>
                    Sign out
                  </button>
                </form>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
