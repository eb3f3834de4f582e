// An answer that does not come whole is no answer: what to do about it is the same, however it was cut off.
#include "drivers/read_error.hpp"

#include <cerrno>
#include <cstring>

#include "model/result.hpp"

namespace ballast {

std::string read_error_text(int errnum, const std::string& kernel_words) {
  switch (errnum) {
    case ENOBUFS:   // overrun
    case ENOTCONN:  // closed
    case EPIPE:
      return std::string("the kernel's answer was cut off; try again (") + strerrorname_np(errnum) + ")";
    default:
      return errno_text(errnum) + (kernel_words.empty() ? "" : ": " + kernel_words);
  }
}

}  // namespace ballast
