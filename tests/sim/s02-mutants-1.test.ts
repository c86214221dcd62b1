import { mutantsTest } from './engine/mutants-test';

mutantsTest(0, 2);
