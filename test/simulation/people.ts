import type { Message } from '../../shared/messages/messages.ts';
import { runPath } from '../../shared/store/runs.ts';
import { wireForm } from '../world/installation.ts';
import type { MemoryDocuments } from '../world/documents.ts';
import type { Instances } from './instances.ts';
import type { Judge } from './judge.ts';
import type { Mail } from './mail.ts';
import type { Deed, Push } from './story.ts';

/** Who does what the story says, and hears what comes of it. */
export interface People {
  act(deed: Deed): Promise<void>;
  publish(message: Message): void;
  /** Delivers again what GitHub recorded as failed. @returns whether there was something */
  redeliver(): boolean;
  /** Whether something has failed that nobody has delivered again. */
  isWaiting(): boolean;
}

export function createPeople(options: {
  readonly instances: Instances;
  readonly mail: Mail;
  readonly judge: Judge;
  readonly documents: MemoryDocuments;
  readonly say: (who: string, what: string) => void;
}): People {
  const { instances, mail, judge, documents, say } = options;
  const failed: Push[] = [];

  const publish = (message: Message): void => {
    const { topic, text, attributes } = wireForm(message);
    void mail.publish(topic, { text, attributes });
  };
  const send = (push: Push): void => {
    const { place, signature } = push;
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': push.runId,
      'x-hub-signature-256': signature,
    };
    const incoming = { method: 'POST', path: `/${place.hookKey}`, headers, body: Buffer.from(push.body) };
    const actor = instances.receive(incoming, (answer) => {
      say('github', `hears ${answer?.status ?? 'nothing'} about ${push.runId}`);
      if (answer?.status === 202) judge.accepted.add(push.runId);
      else failed.push(push);
    });
    say(actor.name, `hears of ${push.sha.slice(-4)} on ${push.place.fullName} ${push.ref}: ${push.runId}`);
  };
  const ask = (path: string, body: object): void => {
    const headers = { authorization: 'Bearer writer', 'content-type': 'application/json' };
    const actor = instances.ask(path, { method: 'POST', headers, body: JSON.stringify(body) }, (answer) => {
      say('writer', `hears ${answer?.status ?? 'nothing'} of ${path}`);
    });
    say(actor.name, `is asked POST ${path}`);
  };

  return {
    publish,
    async act(deed) {
      switch (deed.type) {
        case 'push':
        case 'again':
          send(deed.push);
          break;
        case 'start':
          ask(`/api/v1/repos/${deed.repository.fullName}/runs`, { ref: deed.ref });
          break;
        case 'cancel':
          ask(`/api/v1/runs/${deed.runId}/cancel`, {});
          break;
        case 'cancel-order':
          publish(deed.message);
          break;
        case 'forged':
          void mail.publish(deed.topic, { text: deed.text, attributes: {} });
          break;
        case 'spoiled':
          // As a version of this system might have written it that nobody knows.
          await documents.commit([{ type: 'create', path: runPath(deed.id), fields: deed.fields }]);
          say('somebody', `writes what nobody can read: ${deed.id}`);
          break;
      }
    },
    redeliver() {
      const push = failed.shift();
      if (push !== undefined) send(push);
      return push !== undefined;
    },
    isWaiting: () => failed.length > 0,
  };
}
