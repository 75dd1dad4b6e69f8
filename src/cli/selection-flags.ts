/** Flags that choose steps; of `run`, `plan` and what else looks at a part of the project. */
import type { Options } from 'yargs';

export interface ChooseArguments {
  readonly pipeline?: readonly string[] | undefined;
  readonly select?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly noDeps: boolean;
}

export interface SelectionArguments extends ChooseArguments {
  readonly fullRefresh: boolean;
  readonly reload?: readonly string[] | undefined;
  readonly detect?: readonly string[] | undefined;
  readonly asOf?: string | undefined;
}

/** Of commands that read the sources. */
export const quietHoursOption = {
  'ignore-quiet-hours': {
    type: 'boolean',
    default: false,
    describe: 'Begin though a source has `quiet_hours` now',
  },
} as const satisfies Record<string, Options>;

/** Of commands that choose among the steps. */
export const chooseOptions = {
  pipeline: {
    alias: 'p',
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'Only these pipelines, with the steps they need',
  },
  select: {
    alias: 's',
    type: 'string',
    array: true,
    requiresArg: true,
    describe:
      'Of these steps those alone: fact_*, +name, name+, 2+name, tag:x, pipeline:x, source:x, changed; a blank is or, a comma is and',
  },
  exclude: { type: 'string', array: true, requiresArg: true, describe: 'Without these; written as in --select' },
  'no-deps': {
    type: 'boolean',
    default: false,
    describe: "The named pipelines' own steps alone, without those they need (but with the views that they read)",
  },
} as const satisfies Record<string, Options>;

export const selectionOptions = {
  ...chooseOptions,
  'full-refresh': {
    type: 'boolean',
    default: false,
    describe: 'Rebuild the models from staging; snapshots and history stay',
  },
  reload: { type: 'string', array: true, requiresArg: true, describe: 'Read these sources again from the start' },
  detect: {
    type: 'string',
    array: true,
    describe: 'Look for the deletes of these sources now, of all that have `deletes: detect` where none is named',
  },
  'as-of': {
    type: 'string',
    requiresArg: true,
    describe: "The models' clock instead of now: YYYY-MM-DD[ HH:MM:SS] in the analytic zone",
  },
} as const satisfies Record<string, Options>;
