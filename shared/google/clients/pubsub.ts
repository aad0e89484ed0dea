// As `auth.ts`, for the same reason.
export { PubSub } from '@google-cloud/pubsub';
