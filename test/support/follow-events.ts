import { EventSource } from 'eventsource';
import { onTestFinished } from 'vitest';
import { runEvents, type RunEvents } from '../../shared/api/live-schemas.ts';

/** What a client of somebody else's library was told of a run so far. */
export interface Followed {
  states(): readonly RunEvents['state'][];
  /** What was printed. */
  log(): string;
  /** The server said that there is nothing more. */
  isClosed(): boolean;
}

/** Follows the events of a run, with a connection that is cut whenever the server likes. */
export function followEvents(url: string, token: string): Followed {
  const states: RunEvents['state'][] = [];
  const printed: string[] = [];
  const source = new EventSource(url, {
    fetch: async (input, init) =>
      await fetch(input, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
  });
  onTestFinished(() => {
    source.close();
  });
  source.addEventListener('state', ({ data }) => states.push(runEvents.state.parse(JSON.parse(String(data)))));
  source.addEventListener('log', ({ data }) => printed.push(runEvents.log.parse(JSON.parse(String(data))).text));
  return {
    states: () => states,
    log: () => printed.join(''),
    isClosed: () => source.readyState === EventSource.CLOSED,
  };
}
