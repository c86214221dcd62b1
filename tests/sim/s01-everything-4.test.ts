import { everythingTest } from './engine/everything';

everythingTest(3, 4);
