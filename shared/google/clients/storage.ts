// As `auth.ts`, for the same reason.
export { Storage } from '@google-cloud/storage';
