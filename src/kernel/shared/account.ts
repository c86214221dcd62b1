/** Login names: what the sign-in library stores as it is, whatever the case. The same on the form and at the door. */
export const ACCOUNT = /^[A-Za-z0-9._@-]{3,40}$/;
export const ACCOUNT_WORDS = '用手机号，或 3–40 位字母、数字和 . _ - @';
