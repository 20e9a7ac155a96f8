/**
 * Shell lines by which the kernel gives arm64 programs to an emulator, in the user namespace they run in and no other: Linux 6.7 or
 * newer. The bytes are those that an ELF file of that machine begins with, and which of their bits count (kernel: admin-guide/binfmt-misc).
 * @param emulator shell word for the emulator's path
 */
export const registerArm64 = (emulator: string): string => `mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
printf "%s" ":qemu-aarch64:M::\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00:\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:${emulator}:FP" > /proc/sys/fs/binfmt_misc/register`;
