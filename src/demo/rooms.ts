/** The chats of the demo and who is in them. */
import { isActive, type Person } from './people.js';
import { at, type Random, weightedPicker } from './random.js';
import type { DemoRow } from './tables.js';
import { chatTitle } from './text.js';
import { dayMicros, type Window } from './window.js';

export interface Member {
  readonly person: Person;
  readonly role: 'owner' | 'admin' | 'member';
  readonly joinedAt: number;
  readonly leftAt: number | null;
}

export interface Room {
  readonly id: number;
  readonly type: 'direct' | 'group' | 'channel';
  readonly createdAt: number;
  readonly members: readonly Member[];
  /** How much is said here, beside other rooms. */
  readonly weight: number;
}

/** `count` chats: mostly direct ones of two; groups; few channels, where only owner, admins and bots write. */
export function makeRooms(random: Random, count: number, people: readonly Person[], window: Window): readonly Room[] {
  const pickPerson = weightedPicker(people.map(({ weight }) => weight));
  const newcomers = shuffled(random, people);
  // Everybody is somewhere, the most active ones in many rooms.
  const somebody = () => (random.chance(0.8) ? newcomers.pop() : undefined) ?? at(people, pickPerson(random));
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return makeRoom(random, 1, 'group', at(people, 0), somebody, people.length / 50, window);
    const type = random.chance(0.55) ? 'direct' : random.chance(0.84) ? 'group' : 'channel';
    const size = type === 'direct' ? 2 : (type === 'group' ? 5 : 14) * (1 - random.next()) ** -0.62;
    const drawn = at(people, pickPerson(random));
    const owner = drawn.isBot ? at(people, 0) : drawn;
    return makeRoom(random, index + 1, type, owner, somebody, Math.min(size, people.length / 4), window);
  });
}

export function chatRow(random: Random, room: Room, window: Window): DemoRow {
  const { id, type, createdAt } = room;
  const changedAt = createdAt + Math.floor(random.next() * (window.end - createdAt));
  const isDeleted = id > 1 && random.chance(0.005);
  const updatedAt = isDeleted || random.chance(0.08) ? changedAt : createdAt;
  const title = type === 'direct' ? null : chatTitle(random);
  return [id, type, title, at(room.members, 0).person.id, createdAt, updatedAt, isDeleted ? changedAt : null];
}

export function memberRows(room: Room): DemoRow[] {
  return room.members.map(({ person, role, joinedAt, leftAt }) => [
    room.id,
    person.id,
    role,
    joinedAt,
    leftAt ?? joinedAt,
    leftAt,
  ]);
}

/** How much a member says in a room of this type: in a channel few speak and many read. */
export function voiceOf(type: Room['type'], { role, person }: Member): number {
  return type === 'channel' && role === 'member' && !person.isBot ? 0.01 : person.weight;
}

/** True where the member could act in the room at `moment`. */
export function isPresent(member: Member, moment: number): boolean {
  return (
    member.joinedAt <= moment && (member.leftAt === null || moment < member.leftAt) && isActive(member.person, moment)
  );
}

function makeRoom(
  random: Random,
  id: number,
  type: Room['type'],
  owner: Person,
  somebody: () => Person,
  size: number,
  window: Window,
): Room {
  const createdAt = someDaysAfter(random, owner.createdAt, 4, window);
  const members: Member[] = [{ person: owner, role: 'owner', joinedAt: createdAt, leftAt: null }];
  const known = new Set([owner.id]);
  for (let tries = Math.floor(size) - 1; tries > 0; tries--) {
    const person = somebody();
    if (known.has(person.id)) continue;
    known.add(person.id);
    members.push(makeMember(random, person, type, createdAt, window));
  }
  return {
    id,
    type,
    createdAt,
    members,
    // The first room stays a small part; the others follow a power law and their size.
    weight: id === 1 ? 10 : Math.min(150, (1 - random.next()) ** -0.8) * Math.sqrt(members.length),
  };
}

function makeMember(random: Random, person: Person, type: Room['type'], roomCreatedAt: number, window: Window): Member {
  const from = Math.max(roomCreatedAt, person.createdAt);
  const joinedAt = type === 'direct' ? from : someDaysAfter(random, from, 3, window);
  const leaves = type !== 'direct' && random.chance(0.12);
  const leftAt = leaves ? joinedAt + Math.floor(random.next() * (window.end - joinedAt)) : null;
  return { person, role: type !== 'direct' && random.chance(0.06) ? 'admin' : 'member', joinedAt, leftAt };
}

function someDaysAfter(random: Random, moment: number, meanDays: number, window: Window): number {
  const wanted = moment + Math.floor(random.wait(meanDays) * dayMicros);
  return wanted < window.end ? wanted : moment + Math.floor(random.next() * (window.end - moment));
}

function shuffled<T>(random: Random, values: readonly T[]): T[] {
  const result = [...values];
  for (let index = result.length - 1; index > 0; index--) {
    const other = random.below(index + 1);
    const value = at(result, index);
    result[index] = at(result, other);
    result[other] = value;
  }
  return result;
}
