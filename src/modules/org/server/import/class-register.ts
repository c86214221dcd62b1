import type { ClassText } from '../../shared/class-name';
import { classId, entryYearOf, gradeOf } from '../../shared/cohort';
import { formatClass } from '../../shared/grades';

export interface KnownClass {
  readonly id: string;
  readonly grade: number;
  readonly number: number;
  readonly entryYear: number;
  readonly name: string;
}

/** The classes of the school in one school year. What is not in it does not exist for this import. */
export class ClassRegister {
  private readonly classes = new Map<string, KnownClass>();
  constructor(private readonly schoolYear: number) {}

  /** What the text means, whether or not the school has it; null for a cohort that has left or not come yet. */
  read(text: ClassText): KnownClass | null {
    const grade = gradeOf(text, this.schoolYear);
    if (grade === null) return null;
    const entryYear = entryYearOf(grade, this.schoolYear);
    const id = classId(grade, entryYear, text.number);
    return { id, grade, number: text.number, entryYear, name: formatClass(grade, text.number) };
  }
  add(found: KnownClass): void {
    this.classes.set(found.id, found);
  }
  has(id: string): boolean {
    return this.classes.has(id);
  }
  /** The school's class a text means, or null. */
  find(text: ClassText): KnownClass | null {
    const found = this.read(text);
    return found && this.has(found.id) ? found : null;
  }
  name(id: string): string {
    return this.classes.get(id)?.name ?? id;
  }
  /** By grade, then number. */
  all(): KnownClass[] {
    return [...this.classes.values()].sort((a, b) => a.grade - b.grade || a.number - b.number);
  }
}
