// Errors are values: Result<T> is a T or an Error. Exceptions stay in the .cpp that calls a throwing library.
#pragma once

#include <string>
#include <utility>

#include <boost/system/result.hpp>

namespace ballast {

/// What went wrong, for people (lower case, no full stop) and, where the kernel said it, as errno.
struct Error {
  Error() = default;  // boost::system::result asks for it
  /// Two arguments always: a class that can be made of one string alone would make Result<std::string> ambiguous.
  Error(std::string what, int number) : text(std::move(what)), errnum(number) {}

  std::string text;
  int errnum = 0;  ///< errno of the failed call; 0 where no system call is behind it

  /// Whether the same call may succeed later without anybody changing anything (EAGAIN, EBUSY, ENOBUFS, EINTR, ENOMEM).
  [[nodiscard]] bool retryable() const;
};

template <class T>
using Result = boost::system::result<T, Error>;

/// Found by boost::system::result when value() is called on an error: a broken invariant, so the process ends.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

/// "no such file or directory (ENOENT)": what people and search engines know.
std::string errno_text(int errnum);

}  // namespace ballast
