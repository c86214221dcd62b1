export * from './args';
export * from './records';
export * from './rules';
