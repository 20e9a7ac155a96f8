// The first and only process of the emulated computer: runs each program of /tests, one line each, tells how
// it ended, and switches off.
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

int main(void) {
  mount("proc", "/proc", "proc", 0, NULL);
  mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
  setvbuf(stdout, NULL, _IONBF, 0);
  FILE* tests = fopen("/tests", "r");
  char program[256];
  while (tests && fgets(program, sizeof program, tests)) {
    program[strcspn(program, "\n")] = 0;
    printf("weightfold: %s starts\n", program);
    const pid_t child = fork();
    if (child == 0) {
      execl(program, program, (char*)NULL);
      perror(program);
      _exit(127);
    }
    int status = -1;
    waitpid(child, &status, 0);
    printf("weightfold: %s ended, status %d\n", program,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
  puts("weightfold: all ended");
  tcdrain(STDOUT_FILENO);
  reboot(RB_POWER_OFF);
  return 1;
}
