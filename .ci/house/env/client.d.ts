/// <reference types="vite/client" />
/// <reference types="vite-plugin-pwa/vue" />

/** Which build this is: `version+hash of its sources`. Goes into every envelope. */
declare const __BUILD__: string;
