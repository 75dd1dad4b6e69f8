/** Limits that a server's administrator sets: what they stop ends cleanly and says which one, and what can pass passes. */
import { type Connection, createConnection } from 'mysql2/promise';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent, RunReport } from '../../src/run/events.js';
import { type ItemsProject, openItemsLab } from '../e2e/items-lab.js';
import { type Lab, type Target, targets } from '../e2e/lab.js';
import { type OwnServer, ownServerBinary, startOwnServer } from '../servers/own-server.js';
import { freePort } from '../servers/private-server.js';

const models = { m: 'strategy: merge, key: id', t: 'strategy: table' };
const sql = { m: 'select id, v from {{delta "stg_items"}}', t: 'select id, v from {{ref "m"}}' };
const tables = ['stg_items', 'm', 't'];
/** A login without the rights of root, such as the one connection more that a full server has for it. */
const plain = { user: 'plain', password: 'p' };

describe.skipIf(ownServerBinary === undefined)('on a server of its own', { timeout: 30_000 }, () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startOwnServer({ settings: ['--log-bin', '--server-id=1', '--binlog-format=ROW'] });
    await server.query(`create user plain@'%' identified by 'p'`, `grant all on *.* to plain@'%'`);
    // These let a login write while the server is read-only, or connect when it is full.
    await server
      .query(`revoke super, read only admin, connection admin on *.* from plain@'%'`)
      .catch(() => server.query(`revoke super, connection_admin on *.* from plain@'%'`));
  });
  afterEach(async () => {
    await server.query(
      'set global max_allowed_packet = 67108864, local_infile = on, max_connections = 500, innodb_lock_wait_timeout = 50, read_only = off, wait_timeout = 28800, max_binlog_cache_size = 1073741824, binlog_format = ROW',
    );
  });

  const openLab = (target: Target, changes: Partial<ItemsProject> = {}): Promise<Lab> =>
    openItemsLab(target, { models, sql, server: server.url, ...changes });

  /** The run fails like this, and leaves a row in the journal and all else as it was; `lift` lets the next one succeed. */
  async function failsUntil(
    lab: Lab,
    { code, message = /./, hint }: { readonly code: string; readonly message?: RegExp; readonly hint: RegExp },
    lift: () => Promise<unknown>,
  ): Promise<void> {
    const before = await lab.allRows(tables);
    const report = await lab.run();
    expect(report).toMatchObject({ status: 'failed', error: { code } });
    expect(report.error?.message).toMatch(message);
    expect(report.error?.hint).toMatch(hint);
    expect(await lab.allRows(tables)).toEqual(before);
    if (report.batch > 0) {
      const [row] = await lab.query('select status, error_code from etl_run_log order by batch desc limit 1');
      expect(row).toEqual({ status: 'failed', error_code: code });
    }
    await lift();
    await lab.runWell();
    await expectExact(lab);
  }

  async function expectExact(lab: Lab): Promise<void> {
    const source = (await lab.oltp.query('select id, v from items'))
      .map(({ id, v }) => JSON.stringify({ id, v }))
      .sort();
    for (const table of tables) expect(await lab.rows(table, 'id, v'), table).toEqual(source);
  }

  async function changeAll(lab: Lab): Promise<void> {
    await lab.oltp.query('update items set v = v + 1, updated_at = now(6)');
  }

  describe('a row above max_allowed_packet', () => {
    async function widen(lab: Lab): Promise<void> {
      await lab.oltp.query('alter table items add column body longtext, add column raw longblob');
      await lab.oltp.query(
        `insert into items values (4, 'd', 1, 40, '2024-01-03', 0, repeat('x', 3000000), repeat('y', 1500000))`,
      );
    }

    test.each(targets)(
      'of source and warehouse arrives in %s all the same, where it comes by LOAD DATA',
      async (target) => {
        const lab = await openLab(target);
        await widen(lab);
        await server.query('set global max_allowed_packet = 1048576');
        await lab.runWell();
        const [row] = await lab.query(
          'select length(body) as body, octet_length(raw) as raw from stg_items where id = 4',
        );
        expect(row).toEqual({ body: 3_000_000, raw: 1_500_000 });
        await expectExact(lab);
      },
    );

    test.each(targets)(
      'ends a run into %s where it is a geometry with an SRID, which no server puts together then',
      async (target) => {
        const lab = await openLab(target);
        await lab.runWell();
        await lab.oltp.query('alter table items add column shape geometry');
        const points = `concat(x'0104000000', x'a0860100', repeat(x'010100000000000000000000000000000000000000', 100000))`;
        await lab.oltp.query(
          `insert into items values (4, 'd', 1, 40, '2024-01-03', 0, st_geomfromwkb(${points}, 3857))`,
        );
        await server.query('set global max_allowed_packet = 1048576');
        await failsUntil(lab, { code: 'TOO_LARGE', hint: /raise max_allowed_packet/ }, () =>
          server.query('set global max_allowed_packet = 67108864'),
        );
        const [row] = await lab.query('select octet_length(shape) as bytes from stg_items where id = 4');
        expect(row).toEqual({ bytes: 2_100_013 });
      },
    );

    test('ends a run whose rows come by INSERT, with the size and the limit', async () => {
      const lab = await openLab('mysql');
      await lab.runWell();
      await widen(lab);
      await server.query('set global max_allowed_packet = 1048576, local_infile = off');
      await failsUntil(
        lab,
        {
          code: 'TOO_LARGE',
          message: /a row of \d\.\d MB is above max_allowed_packet.*\(1\.0 MB\)/,
          hint: /raise max_allowed_packet/,
        },
        () => server.query('set global max_allowed_packet = 67108864'),
      );
    });
  });

  test('local_infile off is said once a run with its remedy, and the rows come by INSERT', async () => {
    await server.query('set global local_infile = off');
    const lab = await openLab('mysql');
    const said: string[] = [];
    const report = await lab.run({ onEvent: (event) => void (event.type === 'warning' && said.push(event.message)) });
    const aboutFiles = (messages: readonly string[]) => messages.filter((message) => message.includes('local_infile'));
    expect(report.status).toBe('succeeded');
    expect(aboutFiles(said)).toEqual([expect.stringContaining('set global local_infile = on')]);
    expect(aboutFiles(report.warnings.map(({ message }) => message))).toHaveLength(1);
    await expectExact(lab);
  });

  test('low bounds on statements and idle connections, set for the whole server, do not concern a run', async () => {
    const slow = { ...sql, t: 'select id, v + sleep(0.5) as v from {{ref "m"}}' };
    const lab = await openLab('mysql', { sql: slow });
    await lab.oltp.query('set wait_timeout = 28800');
    await server.query('set wait_timeout = 28800', 'set global wait_timeout = 1');
    await server
      .query('set global max_statement_time = 0.2')
      .catch(() => server.query('set global max_execution_time = 200'));
    try {
      await lab.runWell();
      await expectExact(lab);
    } finally {
      await server
        .query('set global max_statement_time = 0')
        .catch(() => server.query('set global max_execution_time = 0'));
    }
  });

  test('idle connections that somebody kills while a model runs are replaced', async () => {
    const slow = { ...sql, t: 'select id, v + sleep(0.5) as v from {{ref "m"}}' };
    const lab = await openLab('mysql', { sql: slow, through: { oltp: plain, olap: plain } });
    await lab.runWell();
    await changeAll(lab);
    const killed = killIdle(server);
    const report = await lab.run();
    expect(report.error).toBeUndefined();
    expect(await killed).toBeGreaterThan(0);
    await expectExact(lab);
  });

  describe('a lock that somebody else holds on a table of the warehouse', () => {
    test('too long (1205): the run tries again and succeeds when it is gone', async () => {
      const lab = await openLab('mysql');
      await lab.runWell();
      await changeAll(lab);
      await server.query('set global innodb_lock_wait_timeout = 1');
      const holder = await inWarehouse(lab);
      await holder.query('begin');
      await holder.query('select * from m for update');
      const { report, codes } = await runWithRetries(lab, () => holder.query('rollback'));
      expect(report.error).toBeUndefined();
      expect(codes).toEqual(['LOCK_TIMEOUT']);
      await expectExact(lab);
    });

    test('for ever: the run fails, changes nothing, and says what to do', async () => {
      const lab = await openLab('mysql');
      await lab.runWell();
      await changeAll(lab);
      await server.query('set global innodb_lock_wait_timeout = 1');
      const holder = await inWarehouse(lab);
      await holder.query('begin');
      await holder.query('select * from m for update');
      await failsUntil(lab, { code: 'LOCK_TIMEOUT', hint: /another connection holds/ }, () => holder.query('rollback'));
    });

    test('in the other order (1213): the run, chosen as the victim, does its work again', async () => {
      const lab = await openLab('mysql');
      await lab.runWell();
      await changeAll(lab);
      const rival = await inWarehouse(lab);
      await rival.query('create table heavy (id int primary key)');
      await rival.query('begin');
      // InnoDB ends the transaction that has changed fewer rows.
      await rival.query(
        'insert into heavy with recursive n (id) as (select 1 union all select id + 1 from n where id < 900) select id from n',
      );
      await rival.query('update m set v = 0');
      const crossing = whenWaiting(server).then(() => rival.query('update stg_items set v = 0'));
      const { report, codes } = await runWithRetries(lab, async () => {
        await crossing;
        await rival.query('rollback');
      });
      expect(report.error).toBeUndefined();
      expect(codes).toEqual(['DEADLOCK']);
      await expectExact(lab);
    });
  });

  describe('too many connections', () => {
    test.each(targets)('(1040) are waited for by a run into %s', async (target) => {
      const through = target === 'mysql' ? { oltp: plain, olap: plain } : { oltp: plain };
      const lab = await openLab(target, { through });
      await lab.runWell();
      await changeAll(lab);
      const free = await occupy(server);
      const { report, codes } = await runWithRetries(lab, free);
      expect(report.error).toBeUndefined();
      expect(codes[0]).toBe('CONNECTION');
      await expectExact(lab);
    });

    test('of one login (max_user_connections) end the run with a hint', async () => {
      await server.query(
        `create user if not exists few@'%' identified by 'f' with max_user_connections 1`,
        `grant all on *.* to few@'%'`,
      );
      const lab = await openLab('mysql', { through: { olap: { user: 'few', password: 'f' } } });
      const report = await lab.run();
      expect(report.error).toMatchObject({ code: 'CONNECTION', hint: expect.stringContaining('max_user_connections') });
      await server.query(`alter user few@'%' with max_user_connections 50`);
      await lab.runWell();
      await expectExact(lab);
    });
  });

  test('a transaction above max_binlog_cache_size ends the run, which names the limit and `atomicity: step`', async () => {
    const lab = await openLab('mysql');
    await lab.runWell();
    await lab.oltp.query(
      `insert into items with recursive n (id) as (select 10 union all select id + 1 from n where id < 900) select id, 'x', 1, id, '2024-01-04', 0 from n`,
    );
    await server.query('set global max_binlog_cache_size = 4096');
    await failsUntil(
      lab,
      { code: 'TOO_LARGE', message: /max_binlog_cache_size/, hint: /max_binlog_cache_size.*atomicity: step/ },
      () => server.query('set global max_binlog_cache_size = 1073741824'),
    );
  });

  test('a binary log of statements (1665) ends the run, which names the setting and what to set it to', async () => {
    const lab = await openLab('mysql');
    await lab.runWell();
    await changeAll(lab);
    await server.query('set global binlog_format = STATEMENT');
    await failsUntil(lab, { code: 'UNSUPPORTED', hint: /binlog_format .* ROW or MIXED/ }, () =>
      server.query('set global binlog_format = ROW'),
    );
  });

  describe('a warehouse that may not be written to', () => {
    test('because its server is read-only', async () => {
      const lab = await openLab('mysql', { through: { olap: plain } });
      await lab.runWell();
      await changeAll(lab);
      await server.query('set global read_only = on');
      await failsUntil(lab, { code: 'PRIVILEGE', hint: /read-only/ }, () => server.query('set global read_only = off'));
    });

    test('because the login may only read', async () => {
      await server.query(`create user if not exists reader@'%' identified by 'r'`, `grant select on *.* to reader@'%'`);
      const lab = await openLab('mysql');
      await lab.runWell();
      await changeAll(lab);
      const config = 'chat-etl.config.yaml';
      const from = /olap: .*"user":"root","password":""/.exec(await lab.read(config))?.[0] ?? '';
      const to = from.replace('"root","password":""', '"reader","password":"r"');
      await lab.edit(config, from, to);
      await failsUntil(lab, { code: 'PRIVILEGE', hint: /grant this privilege/ }, () => lab.edit(config, to, from));
    });
  });
});

async function inWarehouse(lab: Lab): Promise<Connection> {
  const [row] = await lab.query('select database() as name');
  const { host, port, user, password } = lab.oltp;
  return createConnection({ host, port, user, password, database: String(row?.name) });
}

/** The run's report, and the codes of the errors after which it tried again; `atFirst` is done when it first does. */
async function runWithRetries(
  lab: Lab,
  atFirst: () => Promise<unknown>,
): Promise<{ readonly report: RunReport; readonly codes: readonly string[] }> {
  const codes: string[] = [];
  let first: Promise<unknown> = Promise.resolve();
  const onEvent = (event: RunEvent) => {
    if (event.type !== 'step-retry') return;
    if (codes.length === 0) first = atFirst();
    codes.push(event.error.code);
  };
  const report = await lab.run({ onEvent });
  await first;
  return { report, codes };
}

async function whenWaiting(server: OwnServer): Promise<void> {
  const waiting = `select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT'`;
  // Asked more often than every 0.1 s, the server answers from its cache for ever.
  while ((await server.query('do sleep(0.15)', waiting)).length === 0);
}

/** Takes all connections that are left for others than root; what it gives lets them go. */
async function occupy(server: OwnServer): Promise<() => Promise<void>> {
  await server.query('set global max_connections = 30');
  const taken: Connection[] = [];
  try {
    for (;;) taken.push(await createConnection({ host: '127.0.0.1', port: server.port, ...plain }));
  } catch (error) {
    expect(error).toMatchObject({ errno: 1040 });
  }
  return async () => {
    for (const connection of taken) connection.destroy();
  };
}

/** Kills what is idle of the login `plain` as soon as a model of it sleeps; how many those were. */
async function killIdle(server: OwnServer): Promise<number> {
  const list = `select id as id, command as command, info as text from information_schema.processlist where user = 'plain'`;
  for (;;) {
    const connections = await server.query(list);
    if (!connections.some(({ command, text }) => command === 'Query' && String(text).includes('sleep(0.5)'))) continue;
    const idle = connections.filter(({ command }) => command === 'Sleep');
    for (const { id } of idle) await server.query(`kill ${String(id)}`).catch(() => undefined);
    return idle.length;
  }
}

/** MariaDB has no such groups. */
if (ownServerBinary?.includes('mysqld') === true) {
  test('a warehouse in a group of servers: a transaction above its limit, and a table without a key', async () => {
    const server = await startOwnServer({
      settings: [
        ...['--server-id=1', '--log-bin', '--gtid-mode=on', '--enforce-gtid-consistency=on'],
        '--plugin-load-add=group_replication.so',
      ],
    });
    await server.query(
      `set global group_replication_group_name = 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'`,
      `set global group_replication_local_address = '127.0.0.1:${await freePort()}'`,
      'set global group_replication_bootstrap_group = on',
      'start group_replication',
    );
    const lab = await openItemsLab('mysql', { models, sql, server: server.url });
    await lab.edit('pipelines/p.yaml', 't: { sql: t.sql, strategy: table', 't: { sql: t.sql, strategy: table, key: id');
    await lab.runWell();
    const before = await lab.allRows(tables);
    await lab.oltp.query(
      `insert into items with recursive n as (select 10 as id union all select id + 1 from n where id < 900) select id, 'x', 1, id, now(6), 0 from n`,
    );
    await server.query('set global group_replication_transaction_size_limit = 10000');
    const { error } = await lab.run();
    expect(error).toMatchObject({
      code: 'TOO_LARGE',
      hint: expect.stringMatching(/group_replication.*atomicity: step/),
    });
    expect(await lab.allRows(tables)).toEqual(before);
    await server.query('set global group_replication_transaction_size_limit = 150000000');
    await lab.runWell();
    expect(await lab.rows('t')).toHaveLength(894);
    await lab.write('sql/keyless.sql', 'select id from {{ref "m"}}');
    await lab.edit('pipelines/p.yaml', 'models:', 'models:\n  keyless: { sql: keyless.sql, strategy: table }');
    expect((await lab.run()).error).toMatchObject({ code: 'UNSUPPORTED', hint: expect.stringContaining('`key`') });
  });
}
