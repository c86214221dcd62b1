import type { Generated } from 'kysely';

/** Columns as they are stored. Times are ms since the epoch; JSON is text on both databases, cast in views when queried. */
export interface Tables {
  meta: { key: string; value: string };
  school: {
    id: string;
    name: string;
    zone: string;
    example: number;
    created_at: number;
    seq: number;
    log: number;
    head: string;
  };
  audience: { school: string; id: number; tags: string };
  record: {
    school: string;
    kind: string;
    id: string;
    version: number;
    seq: number;
    audience: number;
    body: string | null;
  };
  gone: { school: string; audience: number; seq: number; kind: string; id: string };
  command: {
    school: string;
    id: string;
    log: number;
    device: string;
    device_seq: number;
    actor: string;
    name: string;
    args: string;
    at: number;
    earliest: number;
    received: number;
    digest: string;
    outcome: string;
    code: string | null;
    details: string | null;
    hash: string;
  };
  measure: { school: string; name: string; scope: string; day: string; value: number; seq: number };
  membership: { account: string; school: string; person: string; created_at: number };
  activation: {
    code_hash: string;
    school: string;
    person: string;
    expires_at: number;
    used_at: number | null;
  };
  throttle: { key: string; failures: number; until: number; updated_at: number };
  kernel_migration: { name: Generated<string>; timestamp: string };
}
