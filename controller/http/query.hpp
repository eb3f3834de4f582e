// What follows '?' in a request's target.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "model/result.hpp"

namespace ballast::http {

using Query = std::map<std::string, std::string, std::less<>>;

/// "service=web%20shop&since=7". Errors: a broken escape, or a name twice or not among `known`.
Result<Query> parse_query(std::string_view text, std::initializer_list<std::string_view> known);

/// A value as it stands in a query: what is no letter, digit or one of -._~ is escaped.
std::string query_text(std::string_view value);

/// A decimal number, or nullopt.
std::optional<std::uint64_t> parse_decimal(std::string_view text);

}  // namespace ballast::http
