"""Takes Intel's AMX from this process and its children: Linux gives the tile registers only to programs that ask for them by
arch_prctl(ARCH_REQ_XCOMP_PERM), and a seccomp filter answers that with EPERM (Documentation/arch/x86/xstate.rst)."""
import ctypes
import struct

PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PR_SET_NO_NEW_PRIVS = 22, 2, 38
SYS_ARCH_PRCTL, ARCH_REQ_XCOMP_PERM = 158, 0x1023
EPERM = 1

# Classic BPF: code, jumps when true and false, operand (linux/filter.h).
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
FILTER = [
    (LOAD, 0, 0, 0),  # seccomp_data.nr
    (EQUAL, 0, 3, SYS_ARCH_PRCTL),
    (LOAD, 0, 0, 16),  # seccomp_data.args[0], lower half
    (EQUAL, 0, 1, ARCH_REQ_XCOMP_PERM),
    (RETURN, 0, 0, 0x00050000 | EPERM),  # SECCOMP_RET_ERRNO
    (RETURN, 0, 0, 0x7FFF0000),  # SECCOMP_RET_ALLOW
]


def refuse_amx():
    instructions = b"".join(struct.pack("=HBBI", *line) for line in FILTER)
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(FILTER), ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in (
        (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0),
    ):
        if libc.prctl(*(ctypes.c_ulong(value) for value in arguments)) != 0:
            raise OSError(ctypes.get_errno(), "the kernel takes no seccomp filter")


def xcomp_permission_errno():
    """The errno with which the kernel, or the filter, answers a request for the tile registers; 0 when it grants it."""
    libc = ctypes.CDLL(None, use_errno=True)
    granted = libc.syscall(SYS_ARCH_PRCTL, ARCH_REQ_XCOMP_PERM, 18) == 0  # 18: XFEATURE_XTILEDATA
    return 0 if granted else ctypes.get_errno()
