// Installs the pinned Python rivals into the cache folder and prints their PYTHONPATH on standard output.
import { installRivals } from '../rivals/install.js';

console.log(await installRivals((message) => console.error(message)));
