import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Emulator, startFirestoreEmulator, startPubSubEmulator } from '../../local/emulators.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const projectId = 'emulated';

async function running(emulator: Promise<Emulator>): Promise<Emulator> {
  const started = await emulator;
  onTestFinished(async () => {
    await started.stop().catch(() => undefined);
  });
  return started;
}

function document(host: string): string {
  return `http://${host}/v1/projects/${projectId}/databases/(default)/documents/things/one`;
}

/** The emulator takes this for the owner, to whom no rules apply. */
const owner = { Authorization: 'Bearer owner', 'Content-Type': 'application/json' };

describe('the emulators', () => {
  it('start on free ports and are gone when they are stopped', async () => {
    const firestore = await running(startFirestoreEmulator({ projectId }));
    const pubsub = await running(startPubSubEmulator({ projectId }));

    expect((await fetch(document(firestore.host), { headers: owner })).status).toBe(404);
    const topic = await fetch(`http://${pubsub.host}/v1/projects/${projectId}/topics/some-topic`, { method: 'PUT' });
    expect(topic.status).toBe(200);
    await Promise.all([firestore.stop(), pubsub.stop()]);

    await expect(fetch(`http://${firestore.host}/`)).rejects.toThrow();
    await expect(fetch(`http://${pubsub.host}/`)).rejects.toThrow();
  });

  it('keep what Firestore holds from one start to the next, if told where', async () => {
    const dataDir = join(temporaryFolder(), 'firestore');
    const first = await running(startFirestoreEmulator({ projectId, dataDir }));
    const fields = { count: { integerValue: '3' }, at: { timestampValue: '2026-01-02T03:04:05.678901Z' } };
    await fetch(document(first.host), { method: 'PATCH', headers: owner, body: JSON.stringify({ fields }) });
    await first.stop();

    const second = await running(startFirestoreEmulator({ projectId, dataDir }));
    const kept = await fetch(document(second.host), { headers: owner });

    expect(await kept.json()).toMatchObject({ fields });
  });
});
