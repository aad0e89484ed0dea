import { channel } from 'node:diagnostics_channel';
import { type IncomingMessage, Server, type ServerResponse } from 'node:http';

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Answers all requests to the server of this process with `listener`, in place of whatever the Functions Framework listens
 * with. The framework would read up to 1 GiB of what anybody sends, parse it and log it before our code sees it, and runs each
 * request in a `domain`, which makes every promise of the process three times as dear
 * (`docs/decisions/0007-own-request-listener.md`). It still starts the server and ends the process.
 * The channel speaks before the server's listeners do, so that the first request is taken too:
 * https://nodejs.org/api/diagnostics_channel.html#http
 */
export function listenInstead(listener: Listener): void {
  const taken = new WeakSet<object>();
  channel('http.server.request.start').subscribe((event) => {
    const server = serverOf(event);
    if (server === null || taken.has(server)) return;
    taken.add(server);
    server.removeAllListeners('request');
    server.on('request', listener);
  });
}

function serverOf(event: unknown): Pick<Server, 'on' | 'removeAllListeners'> | null {
  if (typeof event !== 'object' || event === null || !('server' in event)) return null;
  return event.server instanceof Server ? event.server : null;
}
