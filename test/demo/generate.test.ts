import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { generateChat } from '../../src/demo/generate.js';
import type { DemoRow, TableBatch } from '../../src/demo/tables.js';
import { oddTexts } from '../../src/demo/words.js';
import { rowsOf } from './rows.js';

const until = new Date('2024-06-15T14:00:00Z');
const data = rowsOf(generateChat({ messages: 20_000, seed: 1, until }));
const dayMicros = 86_400_000_000;

function hash(batches: Iterable<TableBatch>): string {
  const sum = createHash('sha256');
  for (const batch of batches) sum.update(JSON.stringify(batch));
  return sum.digest('hex');
}

function share(rows: readonly DemoRow[], condition: (row: DemoRow) => boolean): number {
  return rows.filter(condition).length / rows.length;
}

test('the same seed gives the same data, another seed other data', () => {
  const size = { messages: 3_000, seed: 7, until };
  expect(hash(generateChat(size))).toBe(hash(generateChat(size)));
  expect(hash(generateChat({ ...size, seed: 8 }))).not.toBe(hash(generateChat(size)));
});

test('there are exactly as many messages as asked for, and the rest in proportion', () => {
  for (const messages of [1, 37, 20_000]) {
    const { messages: rows } = rowsOf(generateChat({ messages, seed: 3, until }));
    expect(rows).toHaveLength(messages);
  }
  expect(data.users).toHaveLength(500);
  expect(data.chats).toHaveLength(100);
  expect(data.chat_members.length / data.users.length).toBeGreaterThan(1.2);
  expect(data.chat_members.length / data.users.length).toBeLessThan(2.4);
  expect(data.reactions.length / data.messages.length).toBeGreaterThan(0.35);
  expect(data.reactions.length / data.messages.length).toBeLessThan(0.75);
});

test('3 % of the messages are edited, 1 % deleted, many are replies', () => {
  expect(share(data.messages, (row) => row[7] !== null)).toBeCloseTo(0.03, 2);
  expect(share(data.messages, (row) => row[8] !== null)).toBeCloseTo(0.01, 2);
  expect(share(data.messages, (row) => row[3] !== null)).toBeGreaterThan(0.2);
  expect(share(data.messages, (row) => row[3] !== null)).toBeLessThan(0.4);
});

test('all kinds of chats, bots and odd texts are there', () => {
  expect(new Set(data.chats.map((row) => row[1]))).toEqual(new Set(['direct', 'group', 'channel']));
  expect(data.users.some((row) => row[5] === true)).toBe(true);
  const bodies = new Set(data.messages.map((row) => row[4]));
  expect(oddTexts.filter((text) => !bodies.has(text))).toEqual([]);
  const all = [...bodies].join('');
  const wanted = ['\t', '\n', '\r\n', '\\', "'", '"', 'Доброе утро', '👩‍💻'];
  expect(wanted.filter((characters) => !all.includes(characters))).toEqual([]);
});

test('nobody writes or reacts before joining, after leaving or after the account is deleted', () => {
  const deletedAt = new Map(data.users.map((row) => [row[0], row[8]]));
  const members = new Map(data.chat_members.map((row) => [`${row[0]} ${row[1]}`, row]));
  const chatOf = new Map(data.messages.map((row) => [row[0], row[1]]));
  const isOutside = (chatId: unknown, userId: unknown, moment: unknown) => {
    const member = members.get(`${chatId} ${userId}`);
    const ends = [member?.[5] ?? null, deletedAt.get(Number(userId)) ?? null].filter((end) => end !== null);
    return Number(moment) < Number(member?.[3] ?? Infinity) || ends.some((end) => Number(moment) >= Number(end));
  };
  expect(data.messages.filter((row) => isOutside(row[1], row[2], row[5]))).toEqual([]);
  expect(data.reactions.filter((row) => isOutside(chatOf.get(row[1] ?? 0), row[2], row[4]))).toEqual([]);
});

test('a reply answers an earlier message of the same chat', () => {
  const byId = new Map(data.messages.map((row) => [row[0], row]));
  const wrong = data.messages.filter((row) => {
    const answered = byId.get(row[3] ?? row[0] ?? 0);
    return answered?.[1] !== row[1] || Number(answered?.[5]) > Number(row[5]);
  });
  expect(wrong).toEqual([]);
});

test('updated_at is the last stamp of its row, and nothing happens after the end', () => {
  const end = until.getTime() * 1000;
  const stamps = {
    users: [6, 8],
    chats: [4, 6],
    chat_members: [3, 5],
    messages: [5, 7, 8],
    reactions: [4, 6],
  } as const;
  const updatedAt = { users: 7, chats: 5, chat_members: 4, messages: 6, reactions: 5 } as const;
  for (const name of ['users', 'chats', 'chat_members', 'messages', 'reactions'] as const) {
    const wrong = data[name].filter((row) => {
      const last = Number(row[updatedAt[name]]);
      const stamped = Math.max(...stamps[name].map((index) => Number(row[index] ?? 0)));
      return !Number.isSafeInteger(last) || last >= end || last < stamped;
    });
    expect(wrong).toEqual([]);
  }
});

test('activity has its week and its day, grows, and users leave and come back', () => {
  const inHours = (from: number, to: number) =>
    share(data.messages, (row) => {
      const hour = new Date(Number(row[5]) / 1000).getUTCHours();
      return hour >= from && hour < to;
    });
  expect(inHours(9, 13)).toBeGreaterThan(4 * inHours(1, 5));
  const weekend = share(data.messages, (row) => [0, 6].includes(new Date(Number(row[5]) / 1000).getUTCDay()));
  expect(weekend).toBeLessThan(0.25);
  const middle = until.getTime() * 1000 - 90 * dayMicros;
  expect(share(data.messages, (row) => Number(row[5]) > middle)).toBeGreaterThan(0.55);

  const days = new Map<unknown, number[]>();
  for (const row of data.messages) days.set(row[2], [...(days.get(row[2]) ?? []), Number(row[5]) / dayMicros]);
  const returned = [...days.values()].filter((of) => of.some((day, index) => day - (of[index - 1] ?? day) > 28));
  expect(returned.length).toBeGreaterThan(20);
});
