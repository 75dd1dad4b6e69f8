/** The keys of staging tables and models. */
import type { DataTest, Project } from './types.js';

/** Key columns of a table; empty where it has none. */
export function keyOf(project: Project, table: string): readonly string[] {
  return project.sources.get(table)?.key ?? project.models.get(table)?.model.key ?? [];
}

/** True where writing the table sees to it: a row whose key is NULL, or stands twice, is refused. A view writes nothing. */
export function isGivenByKey(project: Project, table: string, test: DataTest): boolean {
  const key = keyOf(project, table);
  const strategy = project.models.get(table)?.model.strategy;
  // A history has a key for each time.
  if (key.length === 0 || strategy === 'view' || strategy === 'snapshot') return false;
  if (test.kind === 'unique') return key.every((column) => test.columns.includes(column));
  return test.kind === 'not_null' && test.columns.every((column) => key.includes(column));
}
