// Lets oneDNN see the AMX tiles of a processor whose hypervisor hides CPUID leaves 1Dh and 1Eh (see amx.py).
// Between begin() and end() the calling thread's CPUID instructions trap, and a handler fills in these two leaves.
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define ARCH_SET_CPUID 0x1012

static struct sigaction previous;

static long trap_cpuid(int on) { return syscall(SYS_arch_prctl, ARCH_SET_CPUID, on ? 0L : 1L); }

static void emulate(int number, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  const uint8_t *code = (const uint8_t *)registers[REG_RIP];
  if (code[0] != 0x0f || code[1] != 0xa2) {  // Not CPUID: a real fault, which strikes again without us.
    sigaction(number, &previous, NULL);
    return;
  }
  uint32_t leaf = registers[REG_RAX], subleaf = registers[REG_RCX], a, b, c, d;
  trap_cpuid(0);
  __cpuid_count(leaf, subleaf, a, b, c, d);
  trap_cpuid(1);
  if (leaf == 0 && a < 0x1e) a = 0x1e;
  if (leaf == 0x1d || leaf == 0x1e) a = b = c = d = 0;
  if (leaf == 0x1d && subleaf == 0) a = 1;  // palettes
  // Palette 1, Intel SDM: 8,192 bytes in 8 tiles of 1,024 bytes, 16 rows of 64 bytes.
  if (leaf == 0x1d && subleaf == 1) a = 0x04002000, b = 0x00080040, c = 16;
  if (leaf == 0x1e && subleaf == 0) b = 0x4010;  // TMUL: 16 rows of 64 bytes
  registers[REG_RAX] = a, registers[REG_RBX] = b, registers[REG_RCX] = c, registers[REG_RDX] = d;
  registers[REG_RIP] += 2;
  (void)info;
}

// 1 if the processor states its palette of tiles, else 0.
int states_tiles(void) {
  uint32_t a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(0x1d, 0, &a, &b, &c, &d) && a > 0;
}

// 0 if it could be done.
int begin(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = emulate;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  if (sigaction(SIGSEGV, &action, &previous)) return -1;
  if (trap_cpuid(1) == 0) return 0;
  sigaction(SIGSEGV, &previous, NULL);
  return -1;
}

void end(void) {
  trap_cpuid(0);
  sigaction(SIGSEGV, &previous, NULL);
}
