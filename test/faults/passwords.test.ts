/** A password arrives at the server as it is, whatever it is made of and wherever it was written. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openItemsLab } from '../e2e/items-lab.js';
import type { Lab } from '../e2e/lab.js';

const reference = '$' + '{PW}';

async function labWithPassword(password: string, written: string): Promise<Lab> {
  const lab = await openItemsLab('duckdb', {
    models: { t: 'strategy: view' },
    sql: { t: 'select id from {{ref "stg_items"}}' },
  });
  const user = `odd_${lab.oltp.database.slice(-10)}`;
  await lab.oltp.query(`create user '${user}'@'%' identified by ?`, [password]);
  onTestFinished(async () => void (await lab.oltp.query(`drop user '${user}'@'%'`)));
  await lab.oltp.query(`grant select, process on *.* to '${user}'@'%'`);
  const config = await readFile(join(lab.root, 'chat-etl.config.yaml'), 'utf8');
  const login = config.replace(/"user":"[^"]*","password":"[^"]*"/, () => `"user":"${user}","password":${written}`);
  await lab.write('chat-etl.config.yaml', login);
  return lab;
}

test.each([
  [`PW='a"b#c%d$e{f}g\\h i&j;k?l@m:n/o<p>q|r*s!t~u^v,w'`, `a"b#c%d$e{f}g\\h i&j;k?l@m:n/o<p>q|r*s!t~u^v,w`],
  [`PW="it's #1 $HOME ${reference} $\{NOT_SET:-x} %s"`, `it's #1 $HOME ${reference} $\{NOT_SET:-x} %s`],
  ['PW=`it\'s "so" \\n ☃ 💥 é`', 'it\'s "so" \\n ☃ 💥 é'],
  ['PW=plain$dollar%{x}==', 'plain$dollar%{x}=='],
  [`PW='  spaces at both ends  '`, '  spaces at both ends  '],
  ['PW=12345678901234567890', '12345678901234567890'],
  ['PW=true', 'true'],
])('from .env: %s', async (line, password) => {
  const lab = await labWithPassword(password, JSON.stringify(reference));
  await lab.write('.env', `${line}\n`);
  await lab.runWell();
  expect(await lab.rows('stg_items', 'id')).toHaveLength(3);
});

test('from the config itself, where a doubled dollar is none of a variable', async () => {
  const lab = await labWithPassword(`'a' "b" \\ $\{c} #d`, `'''a'' "b" \\ $$\{c} #d'`);
  await lab.runWell();
  expect(await lab.rows('stg_items', 'id')).toHaveLength(3);
});

test('one that is wrong ends the run at once, and says what to check', async () => {
  const lab = await labWithPassword('right', '"wrong"');
  expect(await lab.run()).toMatchObject({
    status: 'failed',
    error: { code: 'PRIVILEGE', hint: expect.stringContaining('check user and password of the connection') },
  });
});
