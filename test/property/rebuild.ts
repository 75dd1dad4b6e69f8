/** Takes models out of a warehouse, as if they had never been built: the next run builds them anew from the same staging. */
import { changeLogOf, dirtyTableOf } from '../../src/load/sql.js';
import type { Place } from './places.js';

export async function dropModels({ look, engine, schema }: Place, models: readonly string[]): Promise<void> {
  const { dialect } = engine;
  await look(async (session) => {
    const there = await session.query(
      `select table_name as name, table_type as type from information_schema.tables where table_schema = ${schema}`,
    );
    const dropped = new Set(models.flatMap((model) => [model, changeLogOf(model), dirtyTableOf(model)]));
    for (const { name, type } of there) {
      const relation = String(name);
      if (!dropped.has(relation)) continue;
      await session.execute(type === 'VIEW' ? dialect.dropView(relation) : dialect.dropTable(relation));
    }
    const list = models.map((model) => dialect.literal(model)).join(', ');
    await session.execute(`delete from etl_table_state where table_name in (${list})`);
    await session.execute(`delete from etl_position where model in (${list})`);
  });
}
