/** CHAT_ETL_CHAOS=long runs the chaos tests longer and on more rows. */
export const isLong = process.env.CHAT_ETL_CHAOS === 'long';
