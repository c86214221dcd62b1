import { utils } from '@e965/xlsx';

/** One cell as read: `text` is tidied (NFKC, no control characters), `raw` is what the sheet shows. */
export interface Cell {
  readonly text: string;
  readonly raw: string;
  /** Covered by a merge whose value stands elsewhere; `text` is that value. */
  readonly merged: boolean;
  /** Nothing usable though something is there: a formula never computed, or an error such as #REF!. */
  readonly broken: boolean;
  /** Kept as a number: 7.10 typed so has become 7.1. */
  readonly numeric: boolean;
}

const BLANK: Cell = { text: '', raw: '', merged: false, broken: false, numeric: false };

/** A sheet as a table of cells. Rows and columns count from 0 here; `name` gives the address people see, from 1. */
export class Grid {
  private readonly cells = new Map<number, Cell>();
  rows = 0;
  cols = 0;

  constructor(
    readonly file: string,
    readonly sheet: string,
  ) {}

  put(row: number, col: number, cell: Cell): void {
    this.cells.set(row * 1024 + col, cell);
    this.rows = Math.max(this.rows, row + 1);
    this.cols = Math.max(this.cols, col + 1);
  }
  at(row: number, col: number | undefined): Cell {
    return col === undefined ? BLANK : (this.cells.get(row * 1024 + col) ?? BLANK);
  }
  text(row: number, col: number | undefined): string {
    return this.at(row, col).text;
  }
  /** The texts of a row that stand in it, not merged into it from elsewhere. */
  own(row: number): string[] {
    const texts: string[] = [];
    for (let col = 0; col < this.cols; col++) {
      const cell = this.at(row, col);
      if (!cell.merged && cell.text !== '') texts.push(cell.text);
    }
    return texts;
  }
  /** `F105` */
  name(row: number, col: number): string {
    return utils.encode_cell({ r: row, c: col });
  }
}
