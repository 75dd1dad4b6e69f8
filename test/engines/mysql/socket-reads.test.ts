/** Reads of a socket go where they are wanted, and to its listeners before and after. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openSocket, redirectReads } from '../../../src/engines/mysql/socket-reads.js';

async function openPair(): Promise<{ socket: Socket; send: (text: string) => void }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const socket = openSocket({ host: '127.0.0.1', port: address.port }, 1000);
  const [peer] = await accepted;
  onTestFinished(() => {
    socket.destroy();
    peer.destroy();
    server.close();
  });
  return { socket, send: (text) => peer.write(text) };
}

/** A target with memory for `roomBytes` at a time, which says what it has after each read; `until` waits for as many bytes. */
function collect(roomBytes: number, onRead: (text: string) => void = () => undefined) {
  const memory = Buffer.alloc(roomBytes);
  let text = '';
  let wake = (): void => undefined;
  return {
    target: {
      room: () => memory,
      filled: (length: number) => {
        text += memory.toString('latin1', 0, length);
        onRead(text);
        wake();
      },
    },
    until: async (bytes: number): Promise<string> => {
      while (text.length < bytes)
        await new Promise<void>((done) => {
          wake = done;
        });
      return text;
    },
  };
}

test('what listeners keep is not written over by the next read', async () => {
  const { socket, send } = await openPair();
  const kept: Buffer[] = [];
  const next = () => once(socket, 'data');
  socket.on('data', (bytes) => kept.push(bytes));
  for (const text of ['first', 'later']) {
    const got = next();
    send(text);
    await got;
  }
  expect(kept.map(String)).toEqual(['first', 'later']);
});

test('reads go to a target until it stops, in as many parts as it has room for, and then to the listeners again', async () => {
  const { socket, send } = await openPair();
  const heard: string[] = [];
  socket.on('data', (bytes) => heard.push(String(bytes)));
  const { target, until } = collect(4, (text) => {
    if (!text.endsWith('m')) return;
    reads.pass(Buffer.from('an answer'));
    reads.stop();
  });
  const reads = redirectReads(socket, target);
  send('abcdefghij');
  expect(await until(10)).toBe('abcdefghij');
  send('klm');
  expect(await until(13)).toBe('abcdefghijklm');
  const again = once(socket, 'data');
  send('after');
  await again;
  expect(heard).toEqual(['an answer', 'after']);
});

test('a socket that others opened, as TLS does, is redirected by copies', async () => {
  const { socket: raw, send } = await openPair();
  const { connect } = await import('node:net');
  const socket = connect({ host: '127.0.0.1', port: raw.remotePort ?? 0 });
  onTestFinished(() => void socket.destroy());
  const heard: string[] = [];
  socket.on('data', (bytes) => heard.push(String(bytes)));
  const { target, until } = collect(4);
  const reads = redirectReads(socket, target);
  socket.emit('data', Buffer.from('abcdefghij'));
  expect(await until(10)).toBe('abcdefghij');
  reads.stop();
  socket.emit('data', Buffer.from('after'));
  expect(heard).toEqual(['after']);
  send('');
});

test('a target that fails ends the connection with its error', async () => {
  const { socket, send } = await openPair();
  const failed = once(socket, 'error');
  redirectReads(socket, {
    room: () => Buffer.alloc(8),
    filled: () => {
      throw new RangeError('no row');
    },
  });
  send('x');
  expect(String((await failed)[0])).toBe('RangeError: no row');
});
