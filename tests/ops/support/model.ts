import type { Dialect } from '../../support/databases';
import { live } from './lived';
import type { Place } from './places';
import { freshPlace } from './places';
import type { Said, Town } from './town';
import { foundTown, openKernel } from './town';

export interface Lived {
  readonly at: Place;
  readonly town: Town;
  readonly said: readonly Said[];
  readonly epoch: string;
  readonly secret: string;
}

const models = new Map<Dialect, Promise<Lived>>();

/** A town in which people worked, closed: made once per test file and copied, because its passwords cost time. */
export async function livedIn(dialect: Dialect): Promise<Lived> {
  let made = models.get(dialect);
  if (!made) models.set(dialect, (made = make(dialect)));
  const model = await made;
  return { ...model, at: await freshPlace(dialect, model.at) };
}

export async function dropModels(): Promise<void> {
  for (const made of models.values()) await (await made).at.drop();
  models.clear();
}

async function make(dialect: Dialect): Promise<Lived> {
  const at = await freshPlace(dialect);
  const store = await at.open();
  const town = await foundTown(store);
  const said = await live(await openKernel(store), { ...town, days: town.days.slice(4) });
  const { epoch, secret } = store;
  await at.shut();
  return { at, town, said, epoch, secret };
}
