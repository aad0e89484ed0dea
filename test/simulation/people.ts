import type { Message } from '../../shared/messages/messages.ts';
import { runPath } from '../../shared/store/runs.ts';
import { wireForm, type World } from '../world/installation.ts';
import type { MemoryDocuments } from '../world/documents.ts';
import type { Instances } from './instances.ts';
import type { Judge } from './judge.ts';
import type { Mail } from './mail.ts';
import { type Deed, type Place, pullOfPlace, type Push, repositoryOf } from './story.ts';

/** Who does what the story says, and hears what comes of it. */
export interface People {
  act(deed: Deed): Promise<void>;
  publish(message: Message): void;
  /** Word gets out that GitHub says something new of a repository. */
  tellOf(repository: Place): void;
  /** Has GitHub deliver again what it was asked to. @returns whether there was something */
  redeliver(): boolean;
  /** Whether something that GitHub delivered has never come through. */
  isWaiting(): boolean;
}

export function createPeople(options: {
  readonly instances: Instances;
  readonly mail: Mail;
  readonly judge: Judge;
  readonly world: World<MemoryDocuments>;
  readonly say: (who: string, what: string) => void;
}): People {
  const { instances, mail, judge, world, say } = options;
  const { github, clock, documents } = world;
  /** By the number of the try. */
  const tries = new Map<string, Push>();

  const publish = (message: Message): void => {
    const { topic, text, attributes } = wireForm(message);
    void mail.publish(topic, { text, attributes });
  };
  /** @param heard is told what was answered */
  const send = (push: Push, heard: (status: number) => void): void => {
    const { place, signature } = push;
    const headers = {
      'content-type': 'application/json',
      'x-github-event': push.event,
      'x-github-delivery': push.runId,
      'x-hub-signature-256': signature,
    };
    const incoming = { method: 'POST', path: `/${place.hookKey}`, headers, body: Buffer.from(push.body) };
    const actor = instances.receive(incoming, (answer) => {
      say('github', `hears ${answer?.status ?? 'nothing'} about ${push.runId}`);
      heard(answer?.status ?? 0);
      if (answer?.status === 202) judge.accepted.set(push.runId, push.place.id);
    });
    say(actor.name, `hears of ${push.sha.slice(-4)} on ${push.place.fullName} ${push.ref}: ${push.runId}`);
  };
  /** GitHub's own delivery, which it keeps account of. */
  const deliver = (push: Push): void => {
    const id = String(tries.size + 1);
    tries.set(id, push);
    const deliveredAt = clock.now();
    send(push, (statusCode) => {
      const { hookKey } = push.place;
      const all = github.delivered.get(hookKey) ?? [];
      github.delivered.set(hookKey, [{ hookId: '1', id, guid: push.runId, deliveredAt, statusCode }, ...all]);
    });
  };
  const ask = (path: string, body: object, method = 'POST'): void => {
    const headers = { authorization: 'Bearer admin', 'content-type': 'application/json' };
    const actor = instances.ask(path, { method, headers, body: JSON.stringify(body) }, (answer) => {
      say('admin', `hears ${answer?.status ?? 'nothing'} of ${path}`);
    });
    say(actor.name, `is asked ${method} ${path}`);
  };

  const nameOf = (place: Place): string => repositoryOf(world, place.id).fullName;
  /** As the webhook does for the App's events. */
  const tellOf = ({ id }: Place): void => {
    publish({ v: 1, type: 'repository.changed', repoId: id, told: 'host' });
  };

  return {
    publish,
    tellOf,
    async act(deed) {
      switch (deed.type) {
        case 'push':
          judge.made.set(deed.push.runId, deed.push.place.id);
          if (deed.push.event === 'pull_request') {
            const number = pullOfPlace(deed.push.place);
            github.pulls.set(number, [...(github.pulls.get(number) ?? []), deed.push.sha]);
          }
          deliver(deed.push);
          break;
        case 'again':
          // Somebody else who has seen the bytes.
          send(deed.push, () => undefined);
          break;
        case 'rename':
          repositoryOf(world, deed.repository.id).fullName = deed.name;
          say('somebody', `calls ${deed.repository.fullName} ${deed.name}${deed.told ? '' : ', and nobody tells'}`);
          if (deed.told) tellOf(deed.repository);
          break;
        case 'leave':
          judge.left.add(deed.repository.id);
          if (deed.to !== null) repositoryOf(world, deed.repository.id).ownerId = deed.to;
          github.installations.delete(deed.repository.id);
          say('somebody', `takes ${deed.repository.fullName} away${deed.told ? '' : ', and nobody tells'}`);
          if (deed.told) tellOf(deed.repository);
          break;
        case 'start':
          ask(`/api/v1/repos/${nameOf(deed.repository)}/runs`, { ref: deed.ref });
          break;
        case 'cancel':
          ask(`/api/v1/runs/${deed.runId}/cancel`, {});
          break;
        case 'approve':
          ask(`/api/v1/runs/${deed.runId}/approve`, {});
          break;
        case 'scale':
          ask(`/api/v1/repos/${nameOf(deed.repository)}/settings`, { volumes: deed.volumes }, 'PATCH');
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
      const push = tries.get(github.redelivered.shift() ?? '');
      if (push !== undefined) deliver(push);
      return push !== undefined;
    },
    isWaiting: () => judge.isWaiting(),
  };
}
