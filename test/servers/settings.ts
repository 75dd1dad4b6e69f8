/** Settings of a server for tests: small, quick to write, nothing kept. */
export const serverSettings: readonly string[] = [
  '--local-infile=1',
  '--max-allowed-packet=64M',
  '--max-connections=500',
  '--innodb-buffer-pool-size=256M',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-doublewrite=0',
  '--skip-log-bin',
];
