/// <reference types="vite/client" />

/** Which build this is: `version+hash of its sources`. Goes into every envelope. */
declare const __BUILD__: string;
