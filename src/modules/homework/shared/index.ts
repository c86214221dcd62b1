import { defineModule } from '@kernel/shared/contract';
import * as commands from './commands';
import { homeworkMeasures } from './measures';
import { homeworkPolicy } from './policy';
import { classDayRecord, itemRecord, rulesRecord } from './records';

export * from './args';
export * from './board';
export * from './caps';
export * from './commands';
export * from './due';
export * from './lateness';
export * from './measures';
export * from './plan';
export * from './records';
export * from './rules';
export * from './steps';
export * from './tasks';
export * from './teaching';
export * from './views';

/** 作业: assigned, signed three times, on the board by the deadline, within the caps. See README.md. */
export const homework = defineModule({
  id: 'homework',
  records: { item: itemRecord, classDay: classDayRecord, rules: rulesRecord },
  commands: [
    commands.assign,
    commands.revise,
    commands.withdraw,
    commands.sign,
    commands.returnItem,
    commands.correct,
    commands.excuse,
  ],
  measures: [homeworkMeasures],
  policy: homeworkPolicy,
});
