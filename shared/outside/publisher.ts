/** What travels on a topic: text, and attributes beside it. */
export interface Outgoing {
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Publisher {
  /**
   * Resolves when the topic has accepted the message.
   * @throws YbError `publish-failed` if it was refused or the outcome is unknown: publishing again is harmless.
   */
  publish(topic: string, message: Outgoing): Promise<void>;
}
