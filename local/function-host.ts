import { Server } from 'node:net';

/**
 * Loaded into each function's process before the Functions Framework (`node --import`). The framework listens on all
 * addresses of a machine, which is right in a container and wrong on a laptop: here it listens on loopback. It tells the
 * local system when it listens, and ends if the local system is gone.
 */
const listen: unknown = Reflect.get(Server.prototype, 'listen');

Reflect.set(Server.prototype, 'listen', function (this: Server, ...args: readonly unknown[]): unknown {
  if (typeof listen !== 'function') throw new TypeError('net.Server has no listen()');
  this.once('listening', () => {
    process.send?.('listening');
  });
  const [port, ...rest] = args;
  const bindable = (typeof port === 'string' || typeof port === 'number') && typeof rest[0] !== 'string';
  const server: unknown = Reflect.apply(listen, this, bindable ? [Number(port), '127.0.0.1', ...rest] : args);
  return server;
});

process.on('disconnect', () => {
  process.exit(1);
});
