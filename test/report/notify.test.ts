import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { NotifySettings } from '../../src/config/types.js';
import { type Notice, notify } from '../../src/report/notify.js';

const notice: Notice = {
  kind: 'failure',
  text: 'run 7 failed with hunter22',
  at: '2024-03-01T10:00:00.000Z',
  batch: 7,
};

function setting(values: Partial<NotifySettings>): NotifySettings {
  return { on: ['failure'], command: undefined, webhook: undefined, ...values };
}

function options(timeoutMs = 10_000) {
  return { secrets: ['hunter22'], folder: mkdtempSync(join(tmpdir(), 'chat-etl-notify-')), timeoutMs };
}

async function server(status: number): Promise<{ url: string; bodies: string[]; http: Server }> {
  const bodies: string[] = [];
  const http = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      bodies.push(body);
      if (status !== 0) response.writeHead(status).end('ok');
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/hook`, bodies, http };
}

test('a command gets the notice as JSON on stdin, without secrets, in the project’s folder', async () => {
  const settings = options();
  expect(await notify([setting({ command: 'cat > notice.json' })], notice, settings)).toEqual([]);
  const told = JSON.parse(readFileSync(join(settings.folder, 'notice.json'), 'utf8')) as Notice;
  expect(told).toEqual({ ...notice, text: 'run 7 failed with ***' });
});

test('a webhook gets the notice by POST', async () => {
  const hook = await server(204);
  expect(await notify([setting({ webhook: hook.url })], notice, options())).toEqual([]);
  hook.http.close();
  expect(JSON.parse(hook.bodies[0] ?? '')).toMatchObject({ kind: 'failure', batch: 7 });
});

test('only those who asked for the kind are told', async () => {
  const settings = options();
  const command = 'cat > notice.json';
  await notify([setting({ command, on: ['recovery', 'overdue'] })], notice, settings);
  expect(() => readFileSync(join(settings.folder, 'notice.json'))).toThrow();
});

test('a notice that fails is a warning and keeps nobody else from being told', async () => {
  const hook = await server(500);
  const settings = options();
  const warnings = await notify(
    [
      setting({ webhook: hook.url }),
      setting({ command: 'echo no hunter22 here >&2; exit 3' }),
      setting({ command: 'cat > notice.json' }),
    ],
    notice,
    settings,
  );
  hook.http.close();
  expect(warnings).toEqual([
    'a notice could not be sent: the webhook answered 500',
    'a notice could not be sent: the command ended with 3: no *** here',
  ]);
  expect(readFileSync(join(settings.folder, 'notice.json'), 'utf8')).toContain('run 7 failed');
});

test('a command or webhook that hangs is given up', async () => {
  const hook = await server(0);
  const warnings = await notify(
    [setting({ command: 'exec sleep 60' }), setting({ webhook: hook.url })],
    notice,
    options(200),
  );
  hook.http.closeAllConnections();
  hook.http.close();
  expect(warnings).toHaveLength(2);
});

test('a command that ends without reading its input has still been told', async () => {
  const big = { ...notice, text: 'x'.repeat(1_000_000) };
  expect(await notify([setting({ command: 'true' })], big, options())).toEqual([]);
});
