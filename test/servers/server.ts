/** What the tests know of the MySQL-compatible server that they use. */
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';

export interface TestServer {
  /** `mysql://user:password@host:port/`, a login that may create databases and users. */
  readonly url: string;
  /** What it is, for the line that the run prints. */
  readonly description: string;
  stop(): Promise<void>;
}

/** Tells people what is going on. */
export type Say = (line: string) => void;

/** The server's version. Errors: the server's own refusal, or that it did not answer within `timeoutMs`. */
export async function waitUntilAnswers(url: string, timeoutMs: number): Promise<string> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await version(url);
    } catch (error) {
      if (Date.now() > deadline) throw new Error('the server does not answer', { cause: error });
      await delay(100);
    }
  }
}

async function version(url: string): Promise<string> {
  const connection = await createConnection({ uri: url, connectTimeout: 5_000 });
  try {
    const [rows] = await connection.query('select version() as version');
    return String((rows as { version: string }[])[0]?.version);
  } finally {
    connection.destroy();
  }
}
