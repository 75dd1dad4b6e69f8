/** The copy of a warehouse for readers. */
import type { OpenSettings, Session } from './contract.js';

export interface CopyRequest {
  readonly settings: OpenSettings;
  /** What is published in a warehouse, to compare it with its copy; undefined for a database that is no warehouse. */
  readonly stateOf: (session: Session) => Promise<string | undefined>;
  /** Told before the copying, with the file's size. */
  readonly onStart: (bytes: number) => void;
}

export interface PublishedCopy {
  readonly path: string;
  readonly bytes: number;
  readonly durationMs: number;
}
