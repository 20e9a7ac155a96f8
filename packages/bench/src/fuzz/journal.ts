import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '@weightfold/base';

/**
 * Reports of the parts of a long run in a file, a line of JSON each, so that a run that was ended goes on where it was. The first
 * line says which run it is.
 */
export class Journal {
  private readonly reports = new Map<string, unknown>();

  /**
   * @param run what tells this run from others: its inputs and settings
   * @param resume whether parts that the file has are taken from it; else it begins anew
   * @throws UsageError when the file is of another run
   */
  constructor(
    private readonly file: string,
    run: string,
    resume: boolean,
  ) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    // Without what is behind the last line's end: a killed process may leave a part of a line.
    const known = resume && fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
    if (known.length > 0 && known[0] !== run) {
      throw new UsageError(`${file} is of another run`, {
        where: file,
        expected: run,
        received: known[0],
        hint: 'Resume with the models, the count, the seed and the build that it began with, or leave --resume out.',
      });
    }
    for (const line of known.slice(1)) {
      const [part, report] = JSON.parse(line) as [string, unknown];
      this.reports.set(part, report);
    }
    fs.writeFileSync(file, [run, ...known.slice(1), ''].join('\n'));
  }

  /** The report of a part, from the journal or, when it has none, from `make`. What is a string is a fault, and not kept. */
  async report<Report extends object>(
    part: string,
    make: () => Promise<Report | string>,
  ): Promise<Report | string> {
    const known = this.reports.get(part);
    if (known !== undefined) return known as Report;
    const made = await make();
    if (typeof made !== 'string') fs.appendFileSync(this.file, `${JSON.stringify([part, made])}\n`);
    return made;
  }
}
