#!/usr/bin/env node
// Runs the C++ tests of the kernels on an x86 CPU that this machine does not have: Bochs emulates a whole computer, which boots Debian's
// kernel and a memory disk with nothing but the tests. QEMU has no AVX-512. A minute to
// boot, some more for the tests. Bochs and the kernel come from Debian 13 into the cache folder (300 MB) on first use.
//   node scripts/test-emulated-x86.mjs [--cpu NAME] [TEST …]     tests by ctest's names, as kernels-conv; all kernels when none is named
//   --cpu NAME      tigerlake (default: AVX-512 VNNI), arrow_lake (AVX-VNNI), corei7_haswell_4770 (AVX2), … as Bochs names them
//   --mirror URL    of Debian, when deb.debian.org is not it
// Exits with 1 when a test fails or does not end.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cacheDir } from '@weightfold/base';
import { buildDir, packageDir } from './build-native.mjs';

const mostMinutes = 45;
const { values, positionals } = parseArgs({
  options: {
    cpu: { type: 'string', default: 'tigerlake' },
    mirror: { type: 'string', default: 'http://deb.debian.org/debian' },
  },
  allowPositionals: true,
});

const root = debian13(path.join(cacheDir(), 'bochs-debian-13'));
const programs = testPrograms(positionals);
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'weightfold-x86-'));
try {
  const output = await boot(bootDisk(programs));
  const ended = output.match(/ ended, status 0$/gm)?.length ?? 0;
  console.log(`${ended} passed, ${programs.length - ended} failed`);
  process.exitCode = ended === programs.length && output.includes('weightfold: all ended') ? 0 : 1;
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}

/** Bochs, a kernel and what makes a boot disk, unpacked but not installed, so that it takes no rights of root. */
function debian13(folder) {
  if (fs.existsSync(folder)) return folder;
  const part = `${folder}.part`;
  fs.rmSync(part, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const packages = 'bochs,bochs-term,bochs-wx,linux-image-cloud-amd64,isolinux,syslinux-common,xorriso';
  console.log(`unpacking ${packages} of Debian 13 from ${values.mirror} into ${folder} ...`);
  run('mmdebstrap', ['--variant=extract', `--include=${packages}`, 'trixie', part, values.mirror]);
  fs.renameSync(part, folder);
  return folder;
}

/** Paths of the built tests of these names. */
function testPrograms(names) {
  const built = fs.readdirSync(buildDir).filter((name) => name.startsWith('test-'));
  const wanted =
    names.length > 0
      ? names.map((name) => `test-${name}`)
      : built.filter((name) => name.startsWith('test-kernels-'));
  const missing = wanted.filter((name) => !built.includes(name));
  if (wanted.length === 0 || missing.length > 0) {
    console.error(
      `expected tests of ${buildDir} (${built.join(', ') || 'none is built: npm run setup'}) but received ${missing.join(', ')}`,
    );
    process.exit(2);
  }
  return wanted.map((name) => path.join(buildDir, name));
}

/** A CD-ROM whose memory disk holds the programs and their libraries. */
function bootDisk(files) {
  const disk = path.join(work, 'disk');
  const cd = path.join(work, 'cd');
  for (const folder of ['proc', 'tmp', 'dev', 'bin'])
    fs.mkdirSync(path.join(disk, folder), { recursive: true });
  fs.mkdirSync(path.join(cd, 'isolinux'), { recursive: true });
  run('gcc', [
    '-O1',
    '-static',
    '-o',
    path.join(disk, 'init'),
    path.join(packageDir, 'scripts/emulated-x86/init.c'),
  ]);
  for (const file of files) {
    fs.copyFileSync(file, path.join(disk, 'bin', path.basename(file)));
    for (const library of run('ldd', [file]).match(/\/\S+/g).filter(fs.existsSync)) {
      fs.mkdirSync(path.join(disk, path.dirname(library)), { recursive: true });
      fs.copyFileSync(library, path.join(disk, library));
    }
  }
  fs.writeFileSync(path.join(disk, 'tests'), files.map((file) => `/bin/${path.basename(file)}\n`).join(''));
  run('sh', ['-c', `find . | cpio -o -H newc --quiet | gzip -1 > ${path.join(cd, 'initrd.gz')}`], {
    cwd: disk,
  });
  const kernel = fs.readdirSync(path.join(root, 'boot')).find((name) => name.startsWith('vmlinuz'));
  fs.copyFileSync(path.join(root, 'boot', kernel), path.join(cd, 'vmlinuz'));
  fs.copyFileSync(path.join(root, 'usr/lib/ISOLINUX/isolinux.bin'), path.join(cd, 'isolinux/isolinux.bin'));
  fs.copyFileSync(
    path.join(root, 'usr/lib/syslinux/modules/bios/ldlinux.c32'),
    path.join(cd, 'isolinux/ldlinux.c32'),
  );
  // Without amx_tile: Linux wants XFD for it, which Bochs 3.0 lacks, and would end in a panic on sapphire_rapids.
  const settings =
    'console=ttyS0 loglevel=3 nokaslr mitigations=off no_timer_check tsc=reliable clearcpuid=amx_tile';
  fs.writeFileSync(
    path.join(cd, 'isolinux/isolinux.cfg'),
    `DEFAULT tests\nLABEL tests\n KERNEL /vmlinuz\n INITRD /initrd.gz\n APPEND ${settings}\n`,
  );
  const iso = path.join(work, 'boot.iso');
  const elTorito = [
    '-b',
    'isolinux/isolinux.bin',
    '-c',
    'isolinux/boot.cat',
    '-no-emul-boot',
    '-boot-load-size',
    '4',
    '-boot-info-table',
  ];
  run(...inRoot('usr/bin/xorriso', ['-as', 'mkisofs', '-quiet', '-o', iso, ...elTorito, cd]));
  return iso;
}

/** Boots the disk on the CPU, and prints and returns what the tests print. */
async function boot(iso) {
  const serial = path.join(work, 'serial');
  const share = path.join(root, 'usr/share/bochs');
  const log = path.join(work, 'log');
  const settings = path.join(work, 'bochsrc');
  fs.writeFileSync(
    settings,
    `cpu: model=${values.cpu}, count=1, ips=100000000
memory: guest=512, host=512
romimage: file=${share}/BIOS-bochs-latest
vgaromimage: file=${share}/VGABIOS-lgpl-latest
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=${iso}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=${serial}
display_library: rfb, options="timeout=0"
clock: sync=none
log: ${log}
panic: action=fatal
error: action=report
`,
  );
  console.log(`booting a ${values.cpu} (at most ${mostMinutes} minutes) ...`);
  const [loader, words, options] = inRoot('usr/bin/bochs-bin', ['-q', '-f', settings]);
  const bochs = spawn(loader, words, { ...options, timeout: mostMinutes * 60_000 });
  let told = '';
  const tell = () => {
    const text = textOf(serial).replaceAll('\r', '');
    const begin = text.indexOf('weightfold: ');
    if (begin < 0) return;
    process.stdout.write(text.slice(begin + told.length));
    told = text.slice(begin);
  };
  const timer = setInterval(tell, 1000);
  await once(bochs, 'close');
  clearInterval(timer);
  tell();
  if (told === '') {
    const last = [serial, log].map((file) => textOf(file).slice(-2000)).join('\n');
    throw new Error(`the emulated computer did not start the tests:\n${last}`);
  }
  return told;
}

/** What a file holds; nothing when it is not there. */
function textOf(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'latin1') : '';
}

/** Arguments of `spawn` that run a program of Debian 13 with its own libraries. */
function inRoot(program, args) {
  const libraries = path.join(root, 'usr/lib/x86_64-linux-gnu');
  const plugins = path.join(libraries, 'bochs/plugins');
  const loader = path.join(root, 'usr/lib64/ld-linux-x86-64.so.2');
  const words = ['--library-path', `${libraries}:${plugins}`, path.join(root, program), ...args];
  return [loader, words, { stdio: 'ignore', env: { ...process.env, LTDL_LIBRARY_PATH: plugins } }];
}

/** Output of a command of this system; ends the script when it fails. */
function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (status === 0) return stdout;
  console.error(`${command} failed: ${error?.message ?? stderr?.slice(-1000)}`);
  if (error) console.error('Install it: sudo apt-get install -y mmdebstrap cpio gcc');
  process.exit(1);
}
