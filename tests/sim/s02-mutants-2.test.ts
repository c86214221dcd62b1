import { mutantsTest } from './engine/mutants-test';

mutantsTest(1, 2);
