export declare const hashOf: (root: string, paths: readonly string[]) => string;
export declare const buildName: (root: string) => string;
