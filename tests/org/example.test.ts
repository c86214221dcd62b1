import expected from '../../src/modules/org/server/example/expected.json';
import { previewExample } from '../../src/modules/org/server/example';
import { test } from 'vitest';

test('x', async () => {
  let n = 0;
  const { plan, report } = await previewExample('2026-11-23', () => `p-${++n}`);
  console.log(expected, JSON.stringify({ ...report, persons: 0 }, null, 1));
  console.log(JSON.stringify(plan).length, JSON.stringify(plan?.classes[2]), JSON.stringify(plan?.persons.slice(0, 14)), JSON.stringify(plan?.dutyTables), JSON.stringify(plan?.calendar), JSON.stringify(plan?.roles));
});
