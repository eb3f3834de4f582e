// Texts from outside as part of HTML: in an element or in a quoted attribute they are only ever text.
#pragma once

#include <string>
#include <string_view>

namespace ballast::web {

/// What would end a text or an attribute is written as a reference; control characters are blanks.
std::string escape(std::string_view text);

}  // namespace ballast::web
