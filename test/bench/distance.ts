import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { World } from './functions-rig.ts';
import type { Report } from './report.ts';
import { summaryOf } from './statistics.ts';
import { startSubject } from './subject.ts';

/** From the webhook to Pub/Sub and back, as between zones and a regional service. */
const roundTripMilliseconds = 20;
const most = 30;
const loads = [
  { atOnce: 4, deliveries: 800 },
  { atOnce: 32, deliveries: 3200 },
] as const;

/** How long a delivery waits for its answer when Pub/Sub is some way off: the time of a delivery, by the sender's clock. */
export async function measureDistance(world: World): Promise<Report> {
  const webhook = world.subjects.webhook;
  const far = await startDistance(String(webhook.variables['PUBSUB_EMULATOR_HOST']), roundTripMilliseconds / 2);
  const subject = { ...webhook, variables: { ...webhook.variables, PUBSUB_EMULATOR_HOST: far.host } };
  const running = await startSubject(subject, world.meter);
  const rows: string[] = [];
  let good = true;
  try {
    await running.listening;
    for (const { atOnce, deliveries } of loads) {
      const times: number[] = [];
      const left = { count: deliveries };
      const sender = async (): Promise<void> => {
        while (left.count > 0) {
          left.count -= 1;
          const started = performance.now();
          await running.ask(subject.ask());
          times.push(performance.now() - started);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, sender));
      // The first half is for the compilers.
      const { median } = summaryOf(times.slice(times.length / 2));
      const reached = median <= most;
      good &&= reached;
      const said = `${median.toFixed(1)} ms, aim at most ${most}`;
      rows.push(`  ${reached ? 'reached' : 'MISSED '}  ${atOnce} at once: median ${said}`);
    }
  } finally {
    await running.stop();
    await far.stop();
  }
  return { good, text: [`A delivery with Pub/Sub ${roundTripMilliseconds} ms away`, ...rows, ''].join('\n') };
}

/** A way to a server that takes a while in each direction, and keeps the order. */
async function startDistance(
  target: string,
  oneWay: number,
): Promise<{ readonly host: string; stop(): Promise<void> }> {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (incoming) => {
    const outgoing = connect({ host, port: Number(port), noDelay: true });
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        void delay(oneWay).then(() => to.write(bytes));
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay listens nowhere');
  return {
    host: `127.0.0.1:${address.port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
