import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestServer {
  /** `127.0.0.1:port` */
  readonly host: string;
  stop(): Promise<void>;
}

/** An HTTP server on a free port of loopback whose every request is answered by `answer` after its body was read. */
export async function startServer(
  answer: (
    request: { readonly method: string; readonly path: string; readonly body: string },
    response: ServerResponse,
  ) => void,
): Promise<TestServer> {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      answer(
        { method: request.method ?? '', path: request.url ?? '', body: Buffer.concat(parts).toString('utf8') },
        response,
      );
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
