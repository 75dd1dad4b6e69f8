/** Functions that the rules over SQL know by name. */

/** What reads a clock. Names without brackets arrive as columns. */
export const clockFunctions: ReadonlySet<string> = new Set(
  `now current_timestamp current_date current_time localtime localtimestamp today get_current_timestamp get_current_time
   current_localtime current_localtimestamp transaction_timestamp curdate curtime sysdate utc_timestamp utc_date utc_time
   unix_timestamp age`.split(/\s+/),
);

/** Functions that read a clock only with at most so many arguments. */
export const clockArguments: ReadonlyMap<string, number> = new Map([
  ['unix_timestamp', 0],
  ['age', 1],
]);

/** What gives another answer each time. */
export const randomFunctions: ReadonlySet<string> = new Set(
  'random rand uuid uuidv4 uuidv7 gen_random_uuid uuid_short setseed nextval currval'.split(' '),
);

/** What makes one value of many rows, on DuckDB and MySQL. */
export const aggregateFunctions: ReadonlySet<string> = new Set(
  `any_value approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null arg_max_nulls_last arg_min
   arg_min_null arg_min_nulls_last argmax argmin array_agg avg bit_and bit_or bit_xor bitstring_agg bool_and bool_or corr
   count count_if count_star countif covar_pop covar_samp entropy favg first fsum geometric_mean geomean group_concat
   histogram json_arrayagg json_group_array json_group_object json_group_structure json_objectagg kahan_sum kurtosis
   kurtosis_pop last list listagg mad max max_by mean median min min_by mode percentile_cont percentile_disc product
   quantile quantile_cont quantile_disc regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy
   regr_syy reservoir_quantile sem skewness std stddev stddev_pop stddev_samp string_agg sum sumkahan sum_no_overflow
   var_pop var_samp variance weighted_avg`.split(/\s+/),
);
