export { assign } from './assign';
export { correct } from './correct';
export { excuse } from './excuse';
export { returnItem } from './return';
export { revise } from './revise';
export { sign, type Unsigned } from './sign';
export { withdraw } from './withdraw';
