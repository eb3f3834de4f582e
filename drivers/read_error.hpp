// What an operator reads of a failed look at the kernel.
#pragma once

#include <string>

namespace ballast {

/// errno of a failed read in words, with the kernel's own where it has any.
std::string read_error_text(int errnum, const std::string& kernel_words);

}  // namespace ballast
