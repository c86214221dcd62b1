import { everythingTest } from './engine/everything';

everythingTest(0, 4);
