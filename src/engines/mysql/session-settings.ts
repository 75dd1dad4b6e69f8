/** What a session of the warehouse sets beyond what every connection does. */
import { binaryCollation } from './dialect.js';

/** Statements; a comment `M!` is run by MariaDB alone, one from 80000 on by MySQL alone. */
export const prepareWarehouseSession: readonly string[] = [
  // There is one writer, so its tables hold still. A repeatable read would lock every row that an insert-select reads, and
  // could not see tables that were made or changed after it began.
  'set session transaction isolation level read committed',
  // Joins without an index are hashed. MySQL does so by itself; MariaDB from level 3 on, but at 3 and 4 it leaves a
  // primary key unused for it (tried: 50 keys against a whole table).
  `set collation_connection = ${binaryCollation}, lock_wait_timeout = 30, group_concat_max_len = 16777216, \
join_buffer_size = 33554432\
/*!80000 , cte_max_recursion_depth = 1000000 */\
/*M! , max_recursive_iterations = 1000000, join_cache_level = 8, join_buffer_space_limit = 134217728 */`,
];
