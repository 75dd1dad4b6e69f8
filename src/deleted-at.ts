/** The column of a staging table with `deleted_rows: keep` that says when a row was found deleted; NULL while it lives. */
export const deletedAt = 'etl_deleted_at';
