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
  /** Every place of the feed: a record's change, or (`gone` = 1) a record that left an audience. Only the last change of a record counts. */
  feed: { school: string; seq: number; audience: number; gone: number; kind: string; id: string };
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
    evidence: string | null;
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
  device: {
    school: string;
    person: string;
    device: string;
    unsent: number;
    oldest: number | null;
    reported_at: number;
  };
  /** Half-written texts, readable by their author alone; `body` null = done with. `prints`: of each device's last save in it, as JSON. */
  draft: {
    school: string;
    person: string;
    key: string;
    version: number;
    edit: number;
    device: string;
    prints: string;
    body: string | null;
    updated_at: number;
  };
  heartbeat: { process: string; at: number };
  school_key: { school: string; number: number; key: string; since: number };
  /** `text` is the signed text as it is given out; `log` says which part of the chain it covers. */
  chain_head: { school: string; day: string; log: number; text: string };
  throttle: { key: string; failures: number; until: number; updated_at: number };
  /** Highest number a device's commands have carried. */
  sender: { school: string; device: string; seq: number };
  kernel_migration: { name: Generated<string>; timestamp: string };
}
