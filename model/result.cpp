// Texts for errno values and the end of the process for broken invariants.
#include "model/result.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ballast {

bool Error::retryable() const {
  switch (errnum) {
    case EAGAIN:
    case EBUSY:
    case EINTR:
    case ENOBUFS:
    case ENOMEM:
    case ETIMEDOUT:
      return true;
    default:
      return false;
  }
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  std::fprintf(stderr, "ballast: broken invariant at %s:%u: %s\n", where.file_name(),
               static_cast<unsigned>(where.line()), error.text.c_str());
  std::abort();
}

std::string errno_text(int errnum) {
  // glibc's own tables: strerrordesc_np("No such process"), strerrorname_np("ESRCH").
  const char* description = strerrordesc_np(errnum);
  const char* name = strerrorname_np(errnum);
  if (description == nullptr || name == nullptr) return "error " + std::to_string(errnum);
  std::string text = description;
  if (text.size() > 1 && text[1] >= 'a' && text[1] <= 'z') text[0] = static_cast<char>(text[0] | 0x20);
  return text + " (" + name + ")";
}

}  // namespace ballast
