export { assign } from './assign';
export { closeDay } from './close-day';
export { correct } from './correct';
export { excuse } from './excuse';
export { openDay } from './open-day';
export { returnItem } from './return';
export { revise } from './revise';
export { sign, type Unsigned } from './sign';
export { withdraw } from './withdraw';
