/** The config's file, in the project's folder. */
export const configFileName = 'chat-etl.config.yaml';
