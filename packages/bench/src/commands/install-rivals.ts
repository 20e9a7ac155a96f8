// Installs the pinned Python rivals into the cache folder and prints their PYTHONPATH on standard output.
import { installRivals } from '../rivals/install.js';
import { command } from './command.js';

await command(async () => {
  console.log(await installRivals((message) => console.error(message)));
  return 0;
});
