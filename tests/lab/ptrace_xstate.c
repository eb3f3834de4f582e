// Preloaded into User-mode Linux: lets it run on processors whose extended register state is large (AMX).
// Its buffer for NT_X86_XSTATE has 2,696 bytes, while PTRACE_SETREGSET takes the whole state or nothing. So the whole
// state is read here, the buffer is laid over its beginning, and the whole is written back.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

// User-mode Linux calls ptrace from one thread.
static char state[16384] __attribute__((aligned(64)));

static long transfer_state(long request, long pid, struct iovec* theirs) {
  struct iovec ours = {state, sizeof state};
  if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &ours) < 0) return -1;
  const size_t size = theirs->iov_len < ours.iov_len ? theirs->iov_len : ours.iov_len;
  if (request == PTRACE_GETREGSET) {
    memcpy(theirs->iov_base, state, size);
    theirs->iov_len = size;
    return 0;
  }
  memcpy(state, theirs->iov_base, size);
  return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &ours);
}

long ptrace(enum __ptrace_request request, ...) {
  va_list arguments;
  va_start(arguments, request);
  const long pid = va_arg(arguments, int);
  void* address = va_arg(arguments, void*);
  void* data = va_arg(arguments, void*);
  va_end(arguments);
  if ((request == PTRACE_GETREGSET || request == PTRACE_SETREGSET) && (long)address == NT_X86_XSTATE)
    return transfer_state(request, pid, data);
  if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER) {
    // The system call stores the word; the C library's function returns it.
    long word = 0;
    if (syscall(SYS_ptrace, request, pid, address, &word) < 0) return -1;
    errno = 0;
    return word;
  }
  return syscall(SYS_ptrace, request, pid, address, data);
}
