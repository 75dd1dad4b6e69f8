/** Database files that a warehouse has attached to read from them. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Attachment } from '../contract.js';

interface Attached {
  readonly attachment: Attachment;
  readonly alias: string;
  readonly ready: Promise<unknown>;
}

/**
 * A file stays attached as long as the source that offers it is the same, so that its tables can be read by several
 * sessions at once. When the source was opened again the file may have changed in between, and is attached anew.
 * Closing the warehouse detaches all.
 */
export class AttachedFiles {
  readonly #attached = new Map<string, Attached>();
  #count = 0;

  /** Attaches read-only; the alias. Errors: the driver's own. */
  async attach(connection: DuckDBConnection, attachment: Attachment): Promise<string> {
    const found = this.#attached.get(attachment.path);
    const attached = found?.attachment === attachment ? found : this.#start(connection, attachment, found);
    this.#attached.set(attachment.path, attached);
    try {
      await attached.ready;
    } catch (thrown) {
      this.#attached.delete(attachment.path);
      throw thrown;
    }
    return attached.alias;
  }

  #start(connection: DuckDBConnection, attachment: Attachment, old: Attached | undefined): Attached {
    this.#count += 1;
    const alias = `etl_source_${this.#count}`;
    const attach = `attach '${attachment.path.replaceAll("'", "''")}' as ${alias} (read_only)`;
    const detach = old === undefined ? '' : `detach database if exists ${old.alias}; `;
    return { attachment, alias, ready: connection.run(detach + attach) };
  }
}
