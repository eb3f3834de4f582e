// What `ballast reload` is answered with.
#pragma once

#include <cstdint>
#include <string>

namespace ballast {

/// What came of a look at the source that somebody has asked for.
struct Reloaded {
  enum class What : std::uint8_t { changed, unchanged, held, refused, unreachable };
  What what = What::unchanged;
  std::string revision;  ///< that was read; empty: none was
  std::string text;      ///< why, where it is not in force
};

}  // namespace ballast
