/** Stands on a form for leaving a place empty; no person's id. */
export const NOBODY = '-';
