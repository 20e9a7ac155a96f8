import fs from 'node:fs';
import { root } from './setup/common.mjs';

/**
 * A vitest reporter that appends one line of JSON per finished test file to the file named in WEIGHTFOLD_TEST_PROGRESS:
 * what has passed is known even when the run is ended from outside.
 */
export default class TestProgress {
  onTestModuleQueued(testModule) {
    write({ file: name(testModule), queued: true });
  }

  onTestModuleEnd(testModule) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const test of testModule.children.allTests()) counts[test.result().state] += 1;
    // A file that cannot even be loaded has no failed test of its own: count the file.
    if (counts.failed === 0 && testModule.state() === 'failed') counts.failed = 1;
    write({ file: name(testModule), counts });
  }
}

const name = ({ moduleId }) => moduleId.replace(root, '').replace(/^\//, '');
const write = (line) => fs.appendFileSync(process.env.WEIGHTFOLD_TEST_PROGRESS, `${JSON.stringify(line)}\n`);
