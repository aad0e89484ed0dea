import type { Message } from './messages.ts';

/** Topics by the part they play; their names in a project are settings. */
export type TopicRole = 'run-events' | 'job-events';

/** On which topic a message travels. */
export function topicOf(message: Message): TopicRole {
  switch (message.type) {
    case 'run.requested':
    case 'run.cancelled':
    case 'volume.freed':
      return 'run-events';
    case 'run.changed':
    case 'tick':
    case 'job.finished':
    case 'pod.ending':
    case 'signal':
      return 'job-events';
  }
}
