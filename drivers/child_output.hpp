// Runs a program to its end and hands back what it printed. Blocks its thread meanwhile: for threads that may wait.
#pragma once

#include <chrono>
#include <string>

#include "drivers/child.hpp"

namespace ballast {

/// An error where the program cannot be run (errno), fails (EIO and the first line of what it says), prints more than
/// options.most_output (EFBIG), or has not ended after `longest` (ETIMEDOUT; it is killed).
Result<std::string> output_of(ChildOptions options, std::chrono::milliseconds longest);

}  // namespace ballast
