// Words of a line: quotation marks, escapes, and the arguments of programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ballast::keepalived {

/// At blanks; what stands in "" is one word.
std::vector<std::string> split_words(std::string_view text);

/// The same with '' and with escapes (\n, \x41, \101, \"), for programs and texts.
std::vector<std::string> split_quoted(std::string_view text);

/// A word as sh takes it: in '' where it has anything but letters, digits and harmless signs.
std::string shell_word(std::string_view word);

/// Replaces bytes that are no UTF-8 and control characters by '?'. Whether there were any.
bool make_printable(std::string& text);

}  // namespace ballast::keepalived
