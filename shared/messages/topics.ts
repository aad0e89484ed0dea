/**
 * The topics: one a publisher, so that the cloud's rights say who may say what, and a message's kind follows from the topic by
 * which it came. The functions, the local system and Terraform read this table.
 */
export const topics = {
  /** What GitHub told of: a push, a change of the repository itself. */
  pushes: { publishers: ['webhook'], subscriber: 'scheduler' },
  /** What people asked for: a run, the end of one, to take a repository out. */
  orders: { publishers: ['dashboard'], subscriber: 'scheduler' },
  /** Look at this repository: a volume may be free, or is to be cleaned. */
  volumes: { publishers: ['scheduler', 'watcher'], subscriber: 'scheduler' },
  /** Pushes and orders that were put aside, and are told once more. */
  replays: { publishers: ['watcher'], subscriber: 'scheduler' },
  /** Look at this run. */
  'run-changes': { publishers: ['scheduler', 'watcher'], subscriber: 'watcher' },
  /** Events of Jobs and Pods, from Cloud Logging's sink. */
  'job-events': { publishers: ['log-sink'], subscriber: 'watcher' },
  /** Objects under `signals/`, from Cloud Storage. */
  signals: { publishers: ['storage'], subscriber: 'watcher' },
  /** Every minute, from Cloud Scheduler. */
  ticks: { publishers: ['clock'], subscriber: 'watcher' },
} as const satisfies Record<string, TopicRow>;

interface TopicRow {
  readonly publishers: readonly (
    | 'webhook'
    | 'dashboard'
    | 'scheduler'
    | 'watcher'
    | 'log-sink'
    | 'storage'
    | 'clock'
  )[];
  readonly subscriber: 'scheduler' | 'watcher';
}

export type Topic = keyof typeof topics;
export type Subscriber = TopicRow['subscriber'];

/** Where messages are put aside that can never be handled, or keep failing. Nobody is sent them: the tick takes them. */
export const deadLetters = 'dead-letters';

/** How its subscription keeps them. */
export const deadLetterDelivery = { ackDeadlineSeconds: 60, retentionSeconds: 31 * 86_400 } as const;

/** How every push subscription delivers. */
export const delivery = {
  /** Not below the functions' own time limit, so that no message is delivered again while it is handled. */
  ackDeadlineSeconds: 600,
  minimumBackoffSeconds: 10,
  maximumBackoffSeconds: 600,
  /** About sixteen hours of tries; ten would be over in four minutes. */
  maxDeliveryAttempts: 100,
} as const;

/** Subscription of a topic: each has one subscriber. */
export function subscriptionOf(topic: Topic | typeof deadLetters): string {
  return topic === deadLetters ? deadLetters : `${topic}-${topics[topic].subscriber}`;
}

// The keys of a table that is written out above.
export const allTopics: readonly Topic[] = [
  'pushes',
  'orders',
  'volumes',
  'replays',
  'run-changes',
  'job-events',
  'signals',
  'ticks',
];

/**
 * The path below a function's address to which a subscription pushes, so that the Functions Framework knows the topic
 * (https://github.com/GoogleCloudPlatform/functions-framework-nodejs: it reads `projects/P/topics/T` out of it).
 */
export function pushPath(project: string, topicName: string): string {
  return `/projects/${project}/topics/${topicName}`;
}

/** The topic that the source of a CloudEvent names; null for every other source. */
export function topicOfSource(source: string, prefix: string): Topic | null {
  const name = /^\/\/pubsub\.googleapis\.com\/projects\/[^/]+\/topics\/([^/]+)$/.exec(source)?.[1];
  return allTopics.find((topic) => name === `${prefix}${topic}`) ?? null;
}
