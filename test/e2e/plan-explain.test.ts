/** `plan --explain` names what is dirty already, where an earlier run has left changes behind. */
import { expect, test } from 'vitest';
import { chatEtl } from '../cli/capture.js';
import { openItemsLab } from './items-lab.js';
import { targets } from './lab.js';

test.each(targets)(
  '%s: partitions that are dirty already are counted, and nothing is consumed by it',
  async (target) => {
    const lab = await openItemsLab(target, {
      models: { per_group: 'strategy: partition, key: grp, partition_by: grp, from: { stg_items: grp }' },
      sql: {
        per_group: 'select grp, count(*) as items from {{ref "stg_items"}} i where {{dirty "i.grp"}} group by grp',
      },
    });
    const explained = async () => (await chatEtl('plan', '--explain', '--root', lab.root)).stdout;
    await lab.runWell();
    expect(await explained()).not.toContain('so far');

    await lab.oltp.query(`insert into items values (4, 'd', 7, 1, '2024-01-03', 0)`);
    await chatEtl('run', '--quiet', '--select', 'stg_items', '--root', lab.root);
    expect(await explained()).toMatch(/looks at: partitions of grp in changes of stg_items since batch 1: so far 7\n/);

    await lab.oltp.query(`update items set grp = 3, updated_at = '2024-01-04' where id = 1`);
    await chatEtl('run', '--quiet', '--select', 'stg_items', '--root', lab.root);
    expect(await explained()).toContain('since batch 1: so far 3, 1 to 7\n');
    await lab.runWell();
    expect(await lab.rows('per_group', 'grp, items')).toEqual(
      [`{"grp":1,"items":1}`, `{"grp":2,"items":1}`, `{"grp":3,"items":1}`, `{"grp":7,"items":1}`].sort(),
    );
  },
);
