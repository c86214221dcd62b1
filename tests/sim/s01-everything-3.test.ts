import { everythingTest } from './engine/everything';

everythingTest(2, 4);
