/** A project of one source and whatever models a test is about. */
import { onTestFinished } from 'vitest';
import { type Lab, type LabOptions, openLab, type Target } from './lab.js';

export interface ItemsProject {
  /** Lines of YAML under `models:`; each model's SQL is `sql/<name>.sql`. */
  readonly models?: Readonly<Record<string, string>>;
  readonly sql?: Readonly<Record<string, string>>;
  /** Further lines of the source, and its cursor: without one it is read whole each time. */
  readonly source?: readonly string[];
  readonly isWhole?: boolean;
  readonly config?: string;
  /** See `LabOptions`. */
  readonly through?: LabOptions['through'];
  readonly server?: LabOptions['server'];
  readonly warehouseServer?: LabOptions['warehouseServer'];
}

/** The text of the pipeline's file. */
export function itemsPipeline({ models = {}, source = [], isWhole = false }: ItemsProject): string {
  const lines = ['table: items', 'key: id', ...(isWhole ? [] : ['incremental: { cursor: updated_at }']), ...source];
  const list = Object.entries(models).map(([name, text]) => `  ${name}: { sql: ${name}.sql, ${text} }`);
  return ['pipeline: p', 'sources:', '  items:', ...lines.map((line) => `    ${line}`), 'models:', ...list].join('\n');
}

/** Items 1, 2, 3 of the groups 1, 1, 2 with the values 10, 20, 30; the lab closes itself after the test. */
export async function openItemsLab(target: Target, project: ItemsProject): Promise<Lab> {
  const sql = Object.entries(project.sql ?? {}).map(([name, text]) => [`sql/${name}.sql`, text] as const);
  const lab = await openLab({
    target,
    oltp: [
      `create table items (id bigint not null primary key, code varchar(20), grp int, v int, updated_at datetime(6), gone tinyint(1), key (updated_at, id))`,
      `insert into items values (1, 'a', 1, 10, '2024-01-01', 0), (2, 'b', 1, 20, '2024-01-01', 0), (3, 'c', 2, 30, '2024-01-02', null)`,
    ],
    files: { 'pipelines/p.yaml': itemsPipeline(project), ...Object.fromEntries(sql) },
    config: project.config ?? '',
    ...(project.through === undefined ? {} : { through: project.through }),
    ...(project.server === undefined ? {} : { server: project.server }),
    ...(project.warehouseServer === undefined ? {} : { warehouseServer: project.warehouseServer }),
  });
  onTestFinished(() => lab.close());
  return lab;
}
