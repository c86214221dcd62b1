/** Says on any message what is kept after a collection, bytes. */
import v8 from 'node:v8';
import vm from 'node:vm';

v8.setFlagsFromString('--expose_gc');
const collect = vm.runInNewContext('gc');
process.on('message', () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  process.send({ kept: heapUsed + external });
});
