// The manual page, made from what --help says: every command with its options, and a few words around them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace ballast {

/// A name and what it is, as in the lists of files and of the environment's variables.
struct Term {
  std::string_view name;
  std::string_view meaning;
};

/// ballast(8) in man(7)'s macros.
std::string man_page(const CLI::App& app, std::string_view version, std::span<const Term> environment);

}  // namespace ballast
