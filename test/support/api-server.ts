import { sampleHook } from './sample-hook.ts';
import { RegistrationBody } from '../../shared/api/schemas.ts';
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { RegisteredRepository, ServerInfo } from '../../cli/server.ts';
import { listen } from './http.ts';

/** What the server holds about a repository. */
export interface Registered {
  readonly hookKey: string;
  readonly secrets: string[];
  /** A token, or `app`. */
  credential: string | null;
  lastPingAt: string | null;
}

export interface ApiServer {
  readonly url: string;
  /** What the address of every hook begins with. */
  readonly webhookUrl: string;
  /** By the repository's full name. */
  readonly repositories: Map<string, Registered>;
  /** What the webhook answers from now on, instead of taking what is well signed; null: as it should. */
  answerHooksWith(status: number | null): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/**
 * The part of the dashboard's API and of the webhook that setting up a repository needs, by their contract. Rights are
 * asked of GitHub with the caller's own token.
 */
export async function startApiServer(options: {
  readonly githubUrl: string;
  /** Whether the server's App is installed everywhere. */
  readonly installed?: boolean;
}): Promise<ApiServer> {
  const repositories: ApiServer['repositories'] = new Map();
  let forced: number | null = null;
  const server = createServer((request, response) => {
    void respond(request, response);
  });
  const { port, close } = await listen(server);
  const url = `http://127.0.0.1:${port}`;
  const webhookUrl = `${url}/hooks`;

  const view = (fullName: string): RegisteredRepository => {
    const known = repositories.get(fullName);
    return {
      fullName,
      registered: known !== undefined,
      hook: known === undefined ? null : sampleHook(`${webhookUrl}/${known.hookKey}`, { lastPingAt: known.lastPingAt }),
      credential:
        known === undefined || known.credential === null
          ? null
          : { kind: known.credential === 'app' ? 'app' : 'token', addedAt: new Date().toISOString() },
      app: { installed: options.installed ?? true },
      volumes: [],
    };
  };

  const receive = (key: string, request: IncomingMessage, body: string): Answer => {
    if (forced !== null) return { status: forced };
    const known = [...repositories.values()].find(({ hookKey }) => hookKey === key);
    const signed = known?.secrets.some(
      (secret) =>
        `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` === request.headers['x-hub-signature-256'],
    );
    if (known === undefined || signed !== true) return { status: 401 };
    if (request.headers['x-github-event'] === 'ping') known.lastPingAt = new Date().toISOString();
    return { status: 200 };
  };

  const register = (fullName: string, body: string): Answer => {
    const { hook, credential } = RegistrationBody.parse(JSON.parse(body));
    const known = repositories.get(fullName) ?? {
      hookKey: randomBytes(16).toString('hex'),
      secrets: [],
      credential: null,
      lastPingAt: null,
    };
    repositories.set(fullName, known);
    if (hook !== undefined) known.secrets.push(hook.secret);
    if (credential !== undefined) known.credential = 'token' in credential ? credential.token : 'app';
    return { status: 200, body: view(fullName) };
  };

  const answer = async (request: IncomingMessage, body: string): Promise<Answer> => {
    const path = request.url ?? '';
    const [, key] = /^\/hooks\/(\w+)$/.exec(path) ?? [];
    if (key !== undefined) return receive(key, request, body);
    if (path === '/api/v1/server') {
      return {
        status: 200,
        body: {
          name: 'yb',
          version: '0',
          webhook: webhookUrl,
          dashboard: url,
          signIn: { url: options.githubUrl, clientId: 'client' },
          install: `${options.githubUrl}/web/apps/yb/installations/new`,
        } satisfies ServerInfo,
      };
    }
    const [, fullName] = /^\/api\/v1\/repos\/([^/]+\/[^/]+)$/.exec(path) ?? [];
    if (fullName === undefined) return { status: 404 };
    const seen = await fetch(`${options.githubUrl}/repos/${fullName}`, {
      headers: { Authorization: request.headers.authorization ?? '' },
    });
    if (seen.status === 401) return { status: 401, body: { title: 'Unauthorized' } };
    const { permissions } = (await seen.json()) as { permissions?: { admin: boolean } };
    if (!seen.ok || permissions?.admin !== true) return { status: 404, body: { title: 'Not found' } };
    return request.method === 'PUT' ? register(fullName, body) : { status: 200, body: view(fullName) };
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, body } = await answer(request, Buffer.concat(chunks).toString('utf8'));
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body ?? {}));
  };

  return {
    url,
    webhookUrl,
    repositories,
    answerHooksWith: (status) => {
      forced = status;
    },
    close,
  };
}
