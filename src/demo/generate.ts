/** Makes the data of a realistic chat product: pure, and the same for the same seed. */
import { makeChatter } from './conversation.js';
import { makePeople, userRow } from './people.js';
import { randomOf } from './random.js';
import { chatRow, makeRooms, memberRows } from './rooms.js';
import type { DemoRow, TableBatch, TableName } from './tables.js';
import { daysOf, windowBefore } from './window.js';

export interface ChatSize {
  /** Exactly so many; users, chats, members and reactions are in proportion. */
  readonly messages: number;
  readonly seed: number;
  /** All that is made happened before this moment, in the 180 days before it (some users came a little earlier). */
  readonly until: Date;
}

export const defaultMessages = 200_000;

const windowDays = 180;
const batchRows = 20_000;

/** All rows, parents before children, in batches that bound the memory. */
export function* generateChat({ messages, seed, until }: ChatSize): Generator<TableBatch> {
  const random = randomOf(seed);
  const window = windowBefore(until.getTime() * 1000, windowDays);
  const people = makePeople(random, Math.max(200, Math.round(messages / 40)), window);
  const rooms = makeRooms(random, Math.max(40, Math.round(messages / 200)), people, window);
  yield* batches(
    'users',
    people.map((person) => userRow(random, person, window)),
  );
  yield* batches(
    'chats',
    rooms.map((room) => chatRow(random, room, window)),
  );
  yield* batches('chat_members', rooms.flatMap(memberRows));

  const chatter = makeChatter(random, people, rooms, window);
  let messageRows: DemoRow[] = [];
  let reactionRows: DemoRow[] = [];
  for (const day of daysOf(window, messages)) {
    const said = chatter.day(day);
    messageRows = messageRows.concat(said.messages);
    reactionRows = reactionRows.concat(said.reactions);
    if (messageRows.length < batchRows) continue;
    yield* batches('messages', messageRows);
    yield* batches('reactions', reactionRows);
    messageRows = [];
    reactionRows = [];
  }
  yield* batches('messages', messageRows);
  yield* batches('reactions', reactionRows);
}

function* batches(table: TableName, rows: readonly DemoRow[]): Generator<TableBatch> {
  for (let from = 0; from < rows.length; from += batchRows) {
    yield { table, rows: rows.slice(from, from + batchRows) };
  }
}
