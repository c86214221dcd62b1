import { liveQuery } from 'dexie';
import type { ShallowRef } from 'vue';
import { onScopeDispose, shallowRef, watch } from 'vue';
import { useDevice } from './app-context';
import type { PersonDb } from './person-db';
import { steady } from './steady';

/** After a failed query: WebKit may have closed the database a second time. */
const RETRY_MS = 2_000;

type Querier<T> = (db: PersonDb) => T | PromiseLike<T>;

/** One question to one person's copy, asked again after every change, however many components look at the answer. */
class Question<T> {
  /** `null` until the first answer. */
  readonly answer: ShallowRef<{ readonly value: T } | null> = shallowRef(null);
  users = 0;
  private stop = (): void => undefined;
  private over = false;

  constructor(
    private readonly db: PersonDb,
    private readonly querier: Querier<T>,
  ) {
    this.ask();
  }

  end(): void {
    this.over = true;
    this.stop();
  }

  private ask(): void {
    const { db } = this;
    const subscription = liveQuery(async () => steady(db, () => this.querier(db))).subscribe({
      next: (value) => {
        if (!this.over) this.answer.value = { value };
      },
      error: (problem) => {
        if (this.over || db.ended) return;
        console.error('live query failed', problem);
        const timer = setTimeout(() => this.ask(), RETRY_MS);
        this.stop = () => clearTimeout(timer);
      },
    });
    this.stop = () => subscription.unsubscribe();
  }
}

const asked = new WeakMap<PersonDb, Map<string, Question<unknown>>>();

function join<T>(db: PersonDb, name: string, querier: Querier<T>): { question: Question<T>; leave(): void } {
  const all = asked.get(db) ?? new Map<string, Question<unknown>>();
  asked.set(db, all);
  const question = (all.get(name) as Question<T> | undefined) ?? new Question(db, querier);
  all.set(name, question);
  question.users++;
  return {
    question,
    leave() {
      if (--question.users > 0) return;
      question.end();
      all.delete(name);
    },
  };
}

/**
 * What a query on the open person's copy gives, now and after every change. A question has a name: a page of cards that all
 * want the school's calendar reads it once. While the name changes the last value stays on the screen; when the person changes
 * it goes at once.
 * @param name two that are the same must ask the same; `null` = nothing is asked
 */
export function useShared<T>(
  name: () => string | null,
  querier: (name: string) => Querier<T>,
): Readonly<ShallowRef<T | undefined>> {
  const { device } = useDevice();
  const value = shallowRef<T | undefined>();
  let leave = (): void => undefined;
  watch(
    [device.person, name],
    ([person, now], [before]) => {
      leave();
      leave = () => undefined;
      if (person !== before) value.value = undefined;
      if (!person || now === null) return;
      const joined = join(person.db, now, querier(now));
      const unwatch = watch(
        joined.question.answer,
        (answer) => {
          if (answer) value.value = answer.value;
        },
        { immediate: true, flush: 'sync' },
      );
      leave = () => {
        unwatch();
        joined.leave();
      };
    },
    { immediate: true },
  );
  onScopeDispose(() => leave());
  return value;
}
