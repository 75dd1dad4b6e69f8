/** The project that histories run, in the variants that a history switches between: each is read from files once. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openProject } from '../../src/cli/project.js';
import { pipelinesOf } from './pipelines.js';
import { sqlOf } from './sql.js';

/** What a history may change in the project's files. */
export interface Definitions {
  readonly skipsShort: boolean;
  readonly twice: boolean;
  readonly longFrom: number;
  readonly strictMacro: boolean;
  readonly viewFrom: number;
  readonly countsDays: boolean;
  readonly copy: boolean;
  readonly userTotals: boolean;
  /** Days before a day that count as active with it. */
  readonly activeDays: 1 | 2;
  /** `chat_totals` by partitions instead of whole, `busy_days` as a view instead of a table. */
  readonly otherStrategies: boolean;
  readonly keyedDays: boolean;
  readonly loudNames: boolean;
  /** The name of the pins' color in staging. */
  readonly color: 'color' | 'label';
  readonly pinsDetect: boolean;
  /** `deleted_rows: keep` of pins and rooms. */
  readonly keeps: boolean;
  /** What these then erase: a column each, or none. */
  readonly erases: boolean;
  /** `retention` of pins and rooms. */
  readonly retains: boolean;
  /** `erase` of both snapshots. */
  readonly erasesNames: boolean;
  readonly lookback: boolean;
  readonly timezone: 'UTC' | 'Pacific/Auckland';
  readonly atomicity: 'run' | 'step';
  readonly broken: Broken | undefined;
}

/** A model that fails: before its turn, in its turn, or by a blocking test. */
export type Broken = 'prepare messages_daily' | 'prepare user_days' | 'turn fact_long' | 'turn event_log' | 'test';

export const firstDefinitions: Definitions = {
  skipsShort: false,
  twice: false,
  longFrom: 4,
  strictMacro: false,
  viewFrom: 0,
  countsDays: true,
  copy: false,
  userTotals: false,
  activeDays: 2,
  otherStrategies: false,
  keyedDays: true,
  loudNames: false,
  color: 'color',
  pinsDetect: false,
  keeps: false,
  erases: true,
  retains: false,
  erasesNames: false,
  lookback: false,
  timezone: 'UTC',
  atomicity: 'run',
  broken: undefined,
};

export const stagingTables = ['users', 'messages', 'reactions', 'pins', 'rooms', 'events'].map((it) => `stg_${it}`);
export const snapshotTables = ['dim_user', 'dim_user_delta'] as const;

/** Every model but the snapshots. */
export function modelTables({ copy, userTotals }: Definitions): readonly string[] {
  return [
    ...['fact_message', 'fact_long', 'fact_recent', 'messages_daily', 'chat_totals', 'message_view', 'busy_days'],
    ...[
      'fact_reaction',
      'reactions_daily',
      'reaction_days',
      'country_chats',
      'active_users',
      'user_days',
      'user_starts',
    ],
    ...['event_log', 'fact_pin'],
    ...(copy ? ['message_copy'] : []),
    ...(userTotals ? ['user_totals'] : []),
  ];
}

/** Models that do not follow change logs all the time: two come and go, the third has another strategy at times. */
export const optionalModels = ['message_copy', 'user_totals', 'chat_totals'] as const;

/** Each that any definitions have. */
export const allTables: readonly string[] = [
  ...stagingTables,
  ...modelTables({ ...firstDefinitions, copy: true, userTotals: true }),
  ...snapshotTables,
];

/** Whether pins that were deleted for good are looked for. */
export function looksForPins({ pinsDetect, keeps, retains }: Definitions): boolean {
  return pinsDetect || keeps || retains;
}

type Opened = ReturnType<typeof openProject>;
const opened = new Map<string, Opened>();
const mostOpened = 400;
let folders = 0;

/** The config and the project of these definitions. */
export function projectOf(root: string, definitions: Definitions): Opened {
  const key = JSON.stringify([root, definitions]);
  const found = opened.get(key) ?? open(join(root, String(folders++)), definitions);
  if (opened.size >= mostOpened) opened.clear();
  opened.set(key, found);
  return found;
}

function open(root: string, definitions: Definitions): Opened {
  for (const [file, text] of Object.entries({ ...pipelinesOf(definitions), ...sqlOf(definitions) })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return openProject({ root, env: {} });
}
