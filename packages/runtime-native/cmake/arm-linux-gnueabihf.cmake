# Cross-compiling for 32-bit Arm with Debian's g++-arm-linux-gnueabihf; tests run under qemu-user. Of what a Raspberry Pi 2
# has, and all later ones: ARMv7 with NEON, which the compiler uses in the scalar kernels. (It leaves floats out of that,
# since NEON flushes denormals there.)
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(CMAKE_C_COMPILER arm-linux-gnueabihf-gcc)
set(CMAKE_CXX_COMPILER arm-linux-gnueabihf-g++)
set(CMAKE_C_FLAGS_INIT "-march=armv7-a+neon-vfpv4")
set(CMAKE_CXX_FLAGS_INIT "-march=armv7-a+neon-vfpv4")
set(CMAKE_FIND_ROOT_PATH /usr/arm-linux-gnueabihf)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
