import answers from './example/answers.json';
import dutyTable from './example/duty-table.xlsx?url&inline';
import roster from './example/roster.xlsx?url&inline';
import timetable from './example/timetable.xlsx?url&inline';
import type { Answers } from './import/report';
import type { UploadedFile } from './sheets';

/** The example school's three files and the head teachers its roster leaves open. All names are invented. */
export function exampleFiles(): Promise<{ files: readonly UploadedFile[]; answers: Answers }> {
  const files = [
    { name: '教职工花名册.xlsx', bytes: bytesOf(roster) },
    { name: '总课表.xlsx', bytes: bytesOf(timetable) },
    { name: '护学岗值班表.xlsx', bytes: bytesOf(dutyTable) },
  ];
  return Promise.resolve({ files, answers });
}

/** `data:…;base64,…` → bytes: the build puts the files into the server's own bundle. */
function bytesOf(url: string): Uint8Array {
  const comma = url.indexOf('base64,');
  if (!url.startsWith('data:') || comma < 0) throw new Error('defect: example file is not inlined');
  return Buffer.from(url.slice(comma + 7), 'base64');
}
