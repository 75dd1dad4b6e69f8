/** Who is online on one day of the demo, and so which rooms are awake. */
import type { Person } from './people.js';
import { isActive } from './people.js';
import { at, type Random, weightedPicker } from './random.js';
import { isPresent, type Member, type Room, voiceOf } from './rooms.js';
import type { DayOfChat } from './window.js';

export interface AwakeRoom {
  readonly room: Room;
  readonly members: readonly Member[];
  /** An index of `members`: those who write much come more often. */
  readonly pickWriter: (random: Random) => number;
}

export interface Scene {
  /** A room where somebody is present at `moment`, busy rooms more often. */
  roomAt(moment: number): AwakeRoom | undefined;
  /** Somebody of the room who is present at `moment` and, if possible, is not `notUserId`. */
  writerAt(room: AwakeRoom, moment: number, notUserId?: number): Member | undefined;
}

/** Draws who comes online on this day. */
export function sceneOf(random: Random, day: DayOfChat, people: readonly Person[], rooms: readonly Room[]): Scene {
  const online = new Uint8Array(people.length + 1);
  for (const person of people) {
    const isAround = isActive(person, day.start) || (person.createdAt >= day.start && person.createdAt < day.end);
    online[person.id] = isAround && random.chance(person.dailyShare) ? 1 : 0;
  }
  const awake: AwakeRoom[] = [];
  for (const room of rooms) {
    if (room.createdAt >= day.end) continue;
    const members = room.members.filter(({ person, joinedAt }) => online[person.id] === 1 && joinedAt < day.end);
    if (members.length === 0) continue;
    awake.push({ room, members, pickWriter: weightedPicker(members.map((member) => voiceOf(room.type, member))) });
  }
  const pickRoom = weightedPicker(awake.map(({ room }) => room.weight));

  function writerAt(room: AwakeRoom, moment: number, notUserId = 0): Member | undefined {
    for (let tries = 0; tries < 4; tries++) {
      const member = at(room.members, room.pickWriter(random));
      if (member.person.id !== notUserId && isPresent(member, moment)) return member;
    }
    return room.members.find((member) => isPresent(member, moment));
  }

  function roomAt(moment: number): AwakeRoom | undefined {
    for (let tries = 0; tries < 20 && awake.length > 0; tries++) {
      const room = at(awake, pickRoom(random));
      if (writerAt(room, moment) !== undefined) return room;
    }
    return undefined;
  }

  return { roomAt, writerAt };
}
