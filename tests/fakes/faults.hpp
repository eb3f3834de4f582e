// What can go wrong between Ballast and a kernel, for the fakes: dumps and writes that fail, answers that are lost.
#pragma once

#include <cerrno>
#include <cstddef>
#include <functional>
#include <limits>

namespace ballast {

template <class Write>
struct Faults {
  int failing_dumps = 0;  ///< this many next dumps fail
  int dump_errnum = ENOBUFS;

  /// Asked for each command; an errno other than 0 is its result and it is not carried out.
  std::function<int(const Write&)> refuse;

  static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
  /// Of the next write(): from this command on the answers are lost, though the kernel carries them out.
  std::size_t answers_lost_from = never;
  /// Of the next write(): from this command on the kernel gets nothing.
  std::size_t broken_from = never;
  int broken_errnum = EBADF;

  /// The errno with which the next dump fails, or 0.
  int next_dump() {
    if (failing_dumps == 0) return 0;
    --failing_dumps;
    return dump_errnum;
  }

  /// Result of command number `place` that `carry_out` would carry out.
  template <class CarryOut>
  int result(std::size_t place, const Write& write, CarryOut carry_out) {
    if (place >= broken_from) return broken_errnum;
    int errnum = refuse ? refuse(write) : 0;
    if (errnum == 0) errnum = carry_out(write);
    return place >= answers_lost_from ? ENOBUFS : errnum;
  }

  void end_of_write() { answers_lost_from = broken_from = never; }
};

}  // namespace ballast
