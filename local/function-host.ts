import { Server } from 'node:net';

/**
 * Loaded into each function's process before the Functions Framework (`node --import`). The framework listens on all
 * addresses of a machine, which is right in a container and wrong on a laptop: here it listens on the port of loopback that
 * the local system holds, and hands over. It tells the local system when it listens, and ends if the local system is gone.
 */
const held = await new Promise<unknown>((resolve) => {
  process.once('message', (_message, server) => {
    resolve(server);
  });
});
const listen: unknown = Reflect.get(Server.prototype, 'listen');

Reflect.set(Server.prototype, 'listen', function (this: Server, ...args: readonly unknown[]): unknown {
  if (typeof listen !== 'function') throw new TypeError('net.Server has no listen()');
  this.once('listening', () => {
    process.send?.('listening');
  });
  const [port] = args;
  const isPort = typeof port === 'string' || typeof port === 'number';
  const server: unknown = Reflect.apply(
    listen,
    this,
    isPort ? [held, ...args.filter((one) => typeof one === 'function')] : args,
  );
  return server;
});

process.on('disconnect', () => {
  process.exit(1);
});
