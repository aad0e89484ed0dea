import type { KeyName } from '../../shared/rights.ts';

export const keyNames: readonly KeyName[] = ['hooks', 'credentials'];

/** As Terraform would make it in the project of the local system. */
export function keyNameOf(key: KeyName): string {
  return `projects/yb-local/locations/local/keyRings/yb/cryptoKeys/${key}`;
}
