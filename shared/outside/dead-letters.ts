/** A message that was put aside, by whoever could not handle it or by Pub/Sub itself. */
export interface DeadLetter {
  /** By which it is acknowledged. */
  readonly receipt: string;
  readonly id: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** When it was put aside. */
  readonly at: Date;
}

/** What lies aside until somebody takes it. */
export interface DeadLetters {
  /**
   * Some of them, at most so many: nobody else gets them for a minute. What is not acknowledged by then comes again.
   * @throws YbError `publish-failed` where another try may help
   */
  pull(most: number): Promise<DeadLetter[]>;
  /** They are never seen again; to say so twice is harmless. @throws YbError `publish-failed`: they may come again */
  acknowledge(receipts: readonly string[]): Promise<void>;
}
