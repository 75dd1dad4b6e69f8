/** Texts and bytes of 50 MB, through LOAD DATA and into DuckDB. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLab, targets } from './lab.js';

const megabytes = 1024 * 1024;

describe.each(targets)('into %s', (target) => {
  test('a text of 50 MB with separators in it, and 25 MB of bytes', async () => {
    const lab = await openLab({
      target,
      oltp: [
        'create table big (id int primary key, body longtext, attachment longblob)',
        // Each row is within the packet of 64 MB that the server allows.
        `insert into big (id, body) values (1, repeat('0123456789 💬\\t\\\\', ${(50 * megabytes) / 17})), (2, 'small')`,
        `insert into big (id, attachment) values (3, repeat(x'00ff5c0a', ${(25 * megabytes) / 4}))`,
      ],
      files: { 'pipelines/p.yaml': 'pipeline: p\nsources: { big: { table: big, key: id } }\nmodels: {}\n' },
    });
    onTestFinished(() => lab.close());
    await lab.runWell();
    const mysql = `select id, sha2(body, 256) as body, sha2(attachment, 256) as attachment, length(body) as bytes`;
    const duckdb = 'select id, sha256(body) as body, sha256(attachment) as attachment, strlen(body) as bytes';
    const inSource = await lab.oltp.query(`${mysql} from big order by id`);
    const arrived = await lab.query(`${target === 'duckdb' ? duckdb : mysql} from stg_big order by id`);
    expect(arrived).toEqual(inSource);
    expect(Number(arrived[0]?.bytes)).toBeGreaterThan(49.9 * megabytes);
  });
});
