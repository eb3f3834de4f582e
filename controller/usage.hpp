// What the command line says to somebody who asks for help, or mistypes.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace ballast {

/// Help whose lines fit a terminal: what is longer than 96 columns goes on below the description.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter();
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

/// "unknown command 'dif'; did you mean 'diff'?", and likewise for an option; empty where that is not what is wrong
/// with `arguments` (without the program's name).
std::string mistyped(const CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace ballast
