// How a thread of ours begins.
#pragma once

#include <csignal>

#include <pthread.h>

namespace ballast {

/// Names the calling thread, at most 15 bytes, and keeps signals from it: they are the loop's.
inline void begin_thread(const char* name) {
  pthread_setname_np(pthread_self(), name);
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace ballast
