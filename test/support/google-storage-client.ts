import { type Bucket, Storage } from '@google-cloud/storage';
import { GoogleAuth, JWT } from 'google-auth-library';
import { bucket, clientEmail, jsonToken, privateKey } from './storage.ts';

/** Google's own client of the test's bucket at `url`: with the right to sign, and with a token for the JSON API. */
export function googleBucket(url: string, options: { readonly token?: string } = {}): Bucket {
  const scopes = ['https://www.googleapis.com/auth/devstorage.read_write'];
  const client = new JWT({ email: clientEmail, key: privateKey, scopes });
  client.setCredentials({ access_token: options.token ?? jsonToken, expiry_date: Number.MAX_SAFE_INTEGER });
  const authClient = new GoogleAuth({ authClient: client });
  authClient.jsonContent = { type: 'service_account', client_email: clientEmail, private_key: privateKey };
  const storage = new Storage({
    apiEndpoint: url,
    useAuthWithCustomEndpoint: true,
    projectId: 'project',
    authClient,
    retryOptions: { autoRetry: false },
  });
  return storage.bucket(bucket);
}
