import type { Dialect } from '../../support/databases';
import type { Place } from './places';
import { freshPlace } from './places';
import { endAll } from './server';
import type { Town } from './town';
import { foundTown } from './town';

export interface Founded {
  readonly place: Place;
  readonly town: Town;
}

const models = new Map<Dialect, Founded>();
const copies: Place[] = [];

/** A town nobody has worked in yet, closed: made once per test file and copied. */
export async function founded(dialect: Dialect): Promise<Founded> {
  let model = models.get(dialect);
  if (!model) {
    const place = await freshPlace(dialect);
    const town = await foundTown(await place.open());
    await place.shut();
    models.set(dialect, (model = { place, town }));
  }
  const place = await freshPlace(dialect, model.place);
  copies.push(place);
  return { place, town: model.town };
}

/** For `afterEach`: ends what was started and drops what was copied. */
export async function tidyUp(): Promise<void> {
  await endAll();
  for (const place of copies.splice(0)) await place.drop();
}

/** For `afterAll`. */
export async function dropTowns(): Promise<void> {
  for (const { place } of models.values()) await place.drop();
  models.clear();
}
