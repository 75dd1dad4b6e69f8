/** A TCP proxy before a database server: it cuts, stalls, swallows and refuses, as networks do. */
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** What becomes of a part of a connection's stream: half of it goes on before the connection is cut; all from here on vanishes. */
export type Fate = 'pass' | 'cut' | 'half' | 'stall';

export interface FaultyProxy {
  readonly port: number;
  /** Decides on each part that the server sends, by what went before it on its connection; `pass` by default. */
  fromServer: (part: Buffer, connection: ProxiedConnection) => Fate;
  /** The same for what the client sends. */
  fromClient: (part: Buffer, connection: ProxiedConnection) => Fate;
  /** Cuts all connections. */
  cut(): void;
  /** While true new connections are refused. */
  isDown: boolean;
}

export interface ProxiedConnection {
  /** Bytes from the server so far. */
  readonly received: number;
  /** The newest statement that went to the server. */
  readonly statement: string;
}

/** Ends with the test. */
export async function startProxy(target: { readonly host: string; readonly port: number }): Promise<FaultyProxy> {
  const open = new Set<Socket>();
  const proxy: FaultyProxy = {
    port: 0,
    fromServer: () => 'pass',
    fromClient: () => 'pass',
    cut: () => {
      for (const socket of open) socket.destroy();
    },
    isDown: false,
  };
  const server = createServer((client) => {
    if (proxy.isDown) {
      client.destroy();
      return;
    }
    const upstream = connect(target.port, target.host);
    const state = { received: 0, statement: '' };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
    }
    const end = () => {
      for (const socket of [client, upstream]) {
        open.delete(socket);
        socket.destroy();
      }
    };
    client.on('close', end);
    upstream.on('close', end);
    let isStalled = false;
    const forward = (fate: Fate, part: Buffer, to: Socket) => {
      isStalled ||= fate === 'stall';
      if (isStalled) return;
      if (fate === 'pass') to.write(part);
      else if (fate === 'half') to.write(part.subarray(0, part.length / 2), end);
      else end();
    };
    client.on('data', (part) => {
      if (part[4] === queryCommand) state.statement = part.toString('utf8', 5);
      forward(proxy.fromClient(part, state), part, upstream);
    });
    upstream.on('data', (part) => {
      const fate = proxy.fromServer(part, state);
      state.received += part.length;
      forward(fate, part, client);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    proxy.cut();
    server.close();
  });
  const address = server.address();
  return Object.assign(proxy, { port: typeof address === 'object' && address !== null ? address.port : 0 });
}

/** The fifth byte of a packet that brings a statement. */
const queryCommand = 3;
