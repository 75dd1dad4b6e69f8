/** What is said on one day of the demo: conversations, replies, edits, deletions and reactions. */
import type { Person } from './people.js';
import { at, type Random, weightedPicker } from './random.js';
import { isPresent, type Room } from './rooms.js';
import { type AwakeRoom, type Scene, sceneOf } from './scene.js';
import type { DemoRow } from './tables.js';
import { editedBody, messageBody } from './text.js';
import { type DayOfChat, dayMicros, hourMicros, type Window } from './window.js';
import { emoji } from './words.js';

export interface Chatter {
  /** The rows of one day, messages in the order of time. Call it day by day. */
  day(day: DayOfChat): { readonly messages: readonly DemoRow[]; readonly reactions: readonly DemoRow[] };
}

interface Remark {
  /** Undefined where everybody sleeps: the first user, who never leaves, then writes in the first room. */
  readonly room: AwakeRoom | undefined;
  readonly at: number;
}

interface Spoken {
  readonly id: number;
  readonly at: number;
  readonly userId: number;
}

const minuteMicros = 60_000_000;
const remembered = 6;

export function makeChatter(
  random: Random,
  people: readonly Person[],
  rooms: readonly Room[],
  window: Window,
): Chatter {
  const lately = new Map<number, Spoken[]>();
  let messageId = 0;
  let reactionId = 0;

  /** Moments and rooms of the day's messages: some rooms talk for a while, then others. */
  function remarksOf(day: DayOfChat, scene: Scene): Remark[] {
    const pickHour = weightedPicker(day.hours.map(({ weight }) => weight));
    const remarks: Remark[] = [];
    while (remarks.length < day.messages) {
      const start = at(day.hours, pickHour(random)).start + Math.floor(random.next() * hourMicros);
      const room = scene.roomAt(start);
      let moment = start;
      do {
        remarks.push({ room, at: moment });
        moment += Math.floor(random.wait(3 * minuteMicros));
      } while (moment < day.end && remarks.length < day.messages && random.chance(0.8));
    }
    return remarks.sort((left, right) => left.at - right.at);
  }

  function messageRow({ room, at: moment }: Remark, scene: Scene): DemoRow {
    const last = lately.get(room?.room.id ?? 1)?.at(-1);
    const answers = random.chance(0.8) ? last?.userId : undefined;
    const writer = room === undefined ? undefined : scene.writerAt(room, moment, answers);
    const roomId = writer === undefined ? 1 : (room?.room.id ?? 1);
    const userId = writer?.person.id ?? 1;
    const replyTo = repliedTo(lately.get(roomId) ?? [], moment);
    messageId += 1;
    remember(roomId, { id: messageId, at: moment, userId });
    const { editedAt, deletedAt } = laterChanges(moment);
    const body = editedAt === null ? messageBody(random) : editedBody(random);
    const updatedAt = Math.max(moment, editedAt ?? 0, deletedAt ?? 0);
    return [messageId, roomId, userId, replyTo ?? null, body, moment, updatedAt, editedAt, deletedAt];
  }

  function repliedTo(before: readonly Spoken[], moment: number): number | undefined {
    if (!random.chance(0.3)) return undefined;
    const spoken = before[before.length - 1 - Math.min(random.below(3), random.below(remembered))];
    return spoken !== undefined && moment - spoken.at < 3 * dayMicros ? spoken.id : undefined;
  }

  function remember(roomId: number, spoken: Spoken): void {
    const list = lately.get(roomId) ?? [];
    if (list.push(spoken) > remembered) list.shift();
    lately.set(roomId, list);
  }

  function laterChanges(moment: number): { editedAt: number | null; deletedAt: number | null } {
    const isDeleted = random.chance(0.01);
    const isEdited = random.chance(0.03);
    const isLate = random.chance(0.05);
    const editedAt = isEdited ? later(moment, isLate ? 5 * dayMicros : 8 * minuteMicros, window.end) : null;
    const deletedAt = isDeleted ? later(editedAt ?? moment, 2 * hourMicros, window.end) : null;
    return { editedAt, deletedAt };
  }

  function later(moment: number, mean: number, end: number): number {
    const wanted = moment + 1 + Math.floor(random.wait(mean));
    return wanted < end ? wanted : Math.min(end - 1, moment + Math.floor(random.next() * (end - moment)));
  }

  function reactionRows(room: AwakeRoom, spokenAt: number, deletedAt: number | null): DemoRow[] {
    const rows: DemoRow[] = [];
    const given = new Set<string>();
    do {
      const moment = spokenAt + Math.floor(random.wait(20 * minuteMicros));
      const member = at(room.members, random.below(room.members.length));
      const sign = at(emoji, Math.min(random.below(emoji.length), random.below(emoji.length)));
      const once = `${member.person.id} ${sign}`;
      const isPossible = moment < (deletedAt ?? window.end) && !member.person.isBot && isPresent(member, moment);
      if (!isPossible || given.has(once)) continue;
      given.add(once);
      reactionId += 1;
      const removedAt = random.chance(0.03) ? later(moment, hourMicros, window.end) : null;
      rows.push([reactionId, messageId, member.person.id, sign, moment, removedAt ?? moment, removedAt]);
    } while (random.chance(0.8));
    return rows;
  }

  return {
    day(day) {
      const scene = sceneOf(random, day, people, rooms);
      const messages: DemoRow[] = [];
      const reactions: DemoRow[] = [];
      for (const remark of remarksOf(day, scene)) {
        const row = messageRow(remark, scene);
        messages.push(row);
        const isLiked = random.chance(remark.room?.room.type === 'direct' ? 0.06 : 0.16);
        if (isLiked && remark.room !== undefined && row[1] === remark.room.room.id) {
          reactions.push(...reactionRows(remark.room, remark.at, row[8] === null ? null : Number(row[8])));
        }
      }
      return { messages, reactions };
    },
  };
}
