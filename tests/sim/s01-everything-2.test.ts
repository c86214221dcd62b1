import { everythingTest } from './engine/everything';

everythingTest(1, 4);
