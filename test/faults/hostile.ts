/** Somebody between us and a server who answers statements with a request for a file of ours. */
import { connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

export interface HostileServer {
  readonly port: number;
  /** Statements that were answered so. */
  readonly answered: string[];
  /** All that came after such a request, on its connection. */
  received(): string;
  /** What each connection said of itself: whether it would take part in LOAD DATA LOCAL. */
  readonly offersFiles: boolean[];
}

/** Passes everything on to `target` apart from the statements that match. Ends with the test. */
export async function startHostileServer(
  target: { readonly host: string; readonly port: number },
  statements: RegExp,
  file: string,
): Promise<HostileServer> {
  const answered: string[] = [];
  const offersFiles: boolean[] = [];
  const received: Buffer[] = [];
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    let isAsked = false;
    let isFirst = true;
    client.on('data', (part) => {
      if (isFirst) offersFiles.push((part.readUInt32LE(4) & localFiles) !== 0);
      isFirst = false;
      if (isAsked) {
        received.push(part);
        const last = emptyPacketAt(part);
        isAsked = last === undefined;
        if (last !== undefined) client.write(packet(last + 1, okay));
        return;
      }
      const text = part.toString('utf8', 5);
      if (!statementCommands.includes(part[4] ?? 0) || !statements.test(text)) {
        upstream.write(part);
        return;
      }
      isAsked = true;
      answered.push(text);
      client.write(packet(1, Buffer.concat([Buffer.from([0xfb]), Buffer.from(file)])));
    });
    upstream.on('data', (part) => client.write(part));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, answered, offersFiles, received: () => Buffer.concat(received).toString() };
}

const localFiles = 0x80;
/** COM_QUERY and COM_STMT_PREPARE. */
const statementCommands = [3, 22];
/** OK, no rows changed, autocommit. */
const okay = Buffer.from([0, 0, 0, 2, 0, 0, 0]);

function packet(sequence: number, body: Buffer): Buffer {
  const head = Buffer.from([body.length, 0, 0, sequence]);
  return Buffer.concat([head, body]);
}

/** The sequence number of the empty packet that ends a file, where it ends here. */
function emptyPacketAt(part: Buffer): number | undefined {
  const end = part.subarray(-4);
  return end.length === 4 && end.readUIntLE(0, 3) === 0 ? end[3] : undefined;
}
