/** Sockets whose reads can be had where their bytes are wanted, without new memory for each of them. */
import { connect, type Socket } from 'node:net';

/** Where bytes go that a socket reads. */
export interface ReadTarget {
  /** Memory for what comes next; never empty, and left alone until the next call. */
  room(): Uint8Array;
  /** So many bytes stand at the beginning of the last `room()`. */
  filled(length: number): void;
}

export interface RedirectedReads {
  /** Gives bytes to whom they would have gone. */
  pass(bytes: Buffer): void;
  /** What is read from now on goes its usual way. Called from within `filled`: between reads the next one has its memory already. */
  stop(): void;
}

type Place = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * A connection whose reads share one piece of memory, and reach the `data` event as copies: of half a gigabyte, eight thousand
 * buffers made by the runtime were a tenth of a first load's processor time, most of it in collecting them.
 */
export function openSocket(place: Place, keepAliveInitialDelay: number): Socket {
  const reads: Reads = { usual: Buffer.allocUnsafe(usualBytes), target: undefined };
  const socket = connect({
    ...place,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay,
    onread: {
      buffer: () => reads.target?.room() ?? reads.usual,
      callback: (length, memory) => {
        const bytes = memory.subarray(0, length);
        if (reads.target === undefined) socket.emit('data', Buffer.from(bytes));
        else if (memory !== reads.usual) fill(socket, reads.target, length);
        else copyTo(socket, reads.target, bytes);
        return true;
      },
    },
  });
  ownReads.set(socket, reads);
  return socket;
}

/** Whoever listened for data gets none until `stop`. Of a socket with TLS the bytes are copied to where they are wanted. */
export function redirectReads(socket: Socket, target: ReadTarget): RedirectedReads {
  const listeners = socket.listeners('data') as unknown as readonly ((bytes: Buffer) => void)[];
  socket.removeAllListeners('data');
  const reads = ownReads.get(socket);
  const copy = (bytes: Buffer): void => copyTo(socket, target, bytes);
  if (reads === undefined) socket.on('data', copy);
  else reads.target = target;
  return {
    pass: (bytes) => {
      for (const listener of listeners) listener(bytes);
    },
    stop: () => {
      if (reads !== undefined) reads.target = undefined;
      socket.removeListener('data', copy);
      for (const listener of listeners) socket.on('data', listener);
    },
  };
}

interface Reads {
  readonly usual: Buffer;
  target: ReadTarget | undefined;
}

const ownReads = new WeakMap<Socket, Reads>();
const usualBytes = 64 * 1024;

function copyTo(socket: Socket, target: ReadTarget, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length && !socket.destroyed; ) {
    const room = target.room();
    const part = bytes.subarray(at, at + room.length);
    room.set(part);
    at += part.length;
    fill(socket, target, part.length);
  }
}

function fill(socket: Socket, target: ReadTarget, length: number): void {
  try {
    target.filled(length);
  } catch (thrown) {
    socket.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
  }
}
