// Long sentences in lines that fit a terminal.
#pragma once

#include <string>
#include <vector>

namespace ballast {

/// Broken between words, so that each line has at most so many bytes; a longer word has a line of its own.
std::vector<std::string> wrapped(const std::string& text, std::size_t most);

}  // namespace ballast
