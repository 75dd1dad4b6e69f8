/**
 * A dashboard in a process of its own: opens a DuckDB file read-only again and again, and answers on stdout with a line a look:
 * `{"items":…,"total":…}` or `{"error":…}`. `copy-reader.mjs FILE once` opens the file once and looks at that.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';

const [file, once] = process.argv.slice(2);
const open = () => DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
let instance = await open();

for (;;) {
  try {
    const connection = await instance.connect();
    const rows = await connection.runAndReadAll(
      'select (select count(*) from stg_items)::int as items, (select n from total)::int as total',
    );
    console.log(JSON.stringify(rows.getRowObjectsJson()[0]));
    connection.closeSync();
    await wait(5);
    if (once === undefined) {
      instance.closeSync();
      instance = await open();
    }
  } catch (error) {
    console.log(JSON.stringify({ error: error.message }));
    process.exit(1);
  }
}
