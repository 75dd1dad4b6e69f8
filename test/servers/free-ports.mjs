/** Prints as many free ports of 127.0.0.1 as are asked for, all different. */
import { createServer } from 'node:net';

const probes = Array.from({ length: Number(process.argv[2] ?? 1) }, () => createServer());
await Promise.all(probes.map((probe) => new Promise((listening) => probe.listen(0, '127.0.0.1', listening))));
console.log(probes.map((probe) => probe.address().port).join(' '));
for (const probe of probes) probe.close();
