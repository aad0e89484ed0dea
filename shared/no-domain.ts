import domain from 'node:domain';

/**
 * Loaded before the Functions Framework makes its first request's `domain`: from the first real one on, Node watches every
 * promise of the process, which costs an event function half of its time. What stands in its place runs things and nothing
 * else. Lost by it: an error that is thrown in a callback nobody awaits no longer becomes a 500 of its request but ends the
 * process, which the platform replaces, and Pub/Sub delivers again (`docs/decisions/0007-own-request-listener.md`).
 */
const none = {
  on: () => none,
  run: (work: () => unknown): unknown => work(),
  bind: (work: unknown): unknown => work,
};

Reflect.set(domain, 'create', () => none);
// The framework binds its answer to the domain that it takes for current.
Reflect.set(process, 'domain', none);
