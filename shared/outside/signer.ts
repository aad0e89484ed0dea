/** Signs in the name of a service account (RSA with SHA-256). What is signed carries that account's rights. */
export interface Signer {
  readonly clientEmail: string;
  /** @returns the signature of the text's UTF-8 bytes, in base64 */
  sign(text: string): Promise<string>;
}
