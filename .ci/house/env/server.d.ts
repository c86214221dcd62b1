/** Which build this is: `version+hash of its sources`. The same text as in the client made with it. */
declare const __BUILD__: string;
