/** Whatever fails, no password and no token is in anything that is printed, logged, journaled or sent. */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { chatEtl } from '../cli/capture.js';
import { openItemsLab } from '../e2e/items-lab.js';
import { type Lab, type Target, targets } from '../e2e/lab.js';

/** In the middle of each secret, so that a part of one gives it away too. */
const mark = 'Geheim7';
const password = `pa"ss %s\\${mark}\\s <&> #1 \${x} ☃`;
const token = `to'ken/${mark}+e?n=${'long'.repeat(30)}${mark}`;

const variable = (name: string): string => `$\{${name}}`;
const secretValue = `{{var "api_token"}}`;
const items = '{{ref "stg_items"}}';

interface Fault {
  /** Of the model. */
  readonly sql?: string;
  readonly config?: (text: string) => string;
  readonly isWell?: boolean;
  /** What is said of it, to see that the fault is the one that is meant. */
  readonly says: RegExp;
}

const faults: readonly Fault[] = [
  { sql: `select id frm ${secretValue} ${items}`, says: /syntax/ },
  { sql: `select id from ${items} where ${secretValue} = = 1`, says: /syntax/ },
  { sql: `select id, cast(${secretValue} as date) as v from ${items}`, says: /date|Incorrect/i },
  { sql: `select id, "${token}" as v from ${items}`, says: /olumn/ },
  { config: (text) => text.replace(variable('OLTP_PASSWORD'), `${variable('OLTP_PASSWORD')}x`), says: /Access denied/ },
  { config: (text) => text.replace(/"port":\d+/, '"port":9'), says: /ECONNREFUSED/ },
  {
    config: (text) => text.replace(/"database":"/, `"database":"${variable('API_TOKEN')}`),
    says: /Incorrect database name|Identifier name/,
  },
  { sql: `select id, v from ${items}`, isWell: true, says: /succeeded/ },
];

/** A webhook that refuses everything, and what it was sent. */
async function refusingWebhook() {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (part: string) => bodies.push(part));
    request.on('end', () => response.writeHead(500).end(request.url));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${mark}` };
}

async function openSecretLab(target: Target, webhook: string): Promise<Lab> {
  const lab = await openItemsLab(target, {
    models: { t: 'strategy: table' },
    through: { oltp: { password: variable('OLTP_PASSWORD') } },
    sql: { t: '' },
    config: `vars: { api_token: "${variable('API_TOKEN')}" }
notify:
  - { on: [failure, recovery], webhook: "${variable('HOOK')}" }
  - { on: [failure, recovery], webhook: "http://127.0.0.1:9/${variable('HOOK_TOKEN')}" }
  - { on: [failure, recovery], command: "cat >> notices.txt; echo ${variable('HOOK_TOKEN')} >&2; exit 3" }
`,
  });
  const user = `secret_${lab.oltp.database.slice(-10)}`;
  await lab.oltp.query(`create user '${user}'@'%' identified by ?`, [password]);
  await lab.oltp.query(`grant all on *.* to '${user}'@'%'`);
  await lab.edit('chat-etl.config.yaml', 'into: olap', 'into: olap, retries: 0');
  await lab.edit('chat-etl.config.yaml', '"user":"root"', `"user":"${user}"`);
  const values = { OLTP_PASSWORD: password, API_TOKEN: token, HOOK: webhook, HOOK_TOKEN: `hook-${mark}/x` };
  for (const [name, value] of Object.entries(values)) {
    process.env[name] = value;
    onTestFinished(() => void delete process.env[name]);
  }
  return lab;
}

/** All that anybody could read of it afterwards. */
async function traces(lab: Lab, target: Target): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const name of await readdir(join(lab.root, 'logs'))) {
    found[name] = await readFile(join(lab.root, 'logs', name), 'utf8');
  }
  found['notices.txt'] = await readFile(join(lab.root, 'notices.txt'), 'utf8');
  const schema = target === 'duckdb' ? 'current_schema()' : 'database()';
  const journal = `select table_name as name from information_schema.tables where table_schema = ${schema} and table_name like 'etl%'`;
  for (const { name } of await lab.query(journal)) found[String(name)] = (await lab.rows(String(name))).join('\n');
  return found;
}

test.each(targets)('no password and no token is in what failing runs into %s leave behind', async (target) => {
  const webhook = await refusingWebhook();
  const lab = await openSecretLab(target, webhook.url);
  const config = await readFile(join(lab.root, 'chat-etl.config.yaml'), 'utf8');
  for (const [index, fault] of faults.entries()) {
    await lab.write('sql/t.sql', fault.sql ?? `select id, v from ${items}`);
    await lab.write('chat-etl.config.yaml', fault.config?.(config) ?? config);
    const isJson = index % 2 === 0;
    for (const command of [isJson ? 'run --json --log-format json' : 'run', isJson ? 'validate' : 'validate --json']) {
      const { code, stdout, stderr } = await chatEtl(...command.split(' '), '--root', lab.root);
      expect(stdout + stderr, `${command} of fault ${index}`).not.toContain(mark);
      if (!command.startsWith('run')) continue;
      expect(stdout + stderr).toMatch(fault.says);
      expect(code === 0).toBe(fault.isWell ?? false);
    }
  }
  for (const command of ['history', 'history --json', 'status --json', 'plan --sql', 'plan --sql --json']) {
    const { stdout, stderr } = await chatEtl(...command.split(' '), '--root', lab.root);
    expect(stdout + stderr, command).not.toContain(mark);
  }
  const left: Readonly<Record<string, string>> = { ...(await traces(lab, target)), webhook: webhook.bodies.join('\n') };
  for (const name of ['etl_run_log', 'etl_step_log', 'notices.txt', 'webhook'])
    expect(left[name], name).toMatch(/failed/);
  for (const [name, text] of Object.entries(left)) {
    expect(text, name).not.toContain(mark);
  }
});
