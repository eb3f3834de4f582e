#include "controller/usage.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "model/origin.hpp"

namespace ballast {
namespace {

constexpr std::size_t description_column = 34;
constexpr std::size_t longest_line = 96;

/// Lines of options and commands begin with blanks; what follows is aligned with their description.
std::string wrap(std::string line) {
  const std::string margin(line.starts_with(' ') ? description_column : 0, ' ');
  std::string text;
  while (line.size() > longest_line) {
    const std::size_t blank = line.rfind(' ', longest_line);
    if (blank == std::string::npos || blank <= margin.size()) break;
    text += line.substr(0, blank) + '\n';
    line = margin + line.substr(blank + 1);
  }
  return text + line + '\n';
}

std::string guess(std::string_view word, const std::vector<std::string>& known) {
  const std::string_view meant = nearest(word, {known.begin(), known.end()});
  return meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant);
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

}  // namespace

HelpFormatter::HelpFormatter() {
  column_width(description_column);
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
  std::istringstream lines(CLI::Formatter::make_help(app, std::move(name), mode));
  std::string text;
  for (std::string line; std::getline(lines, line);) text += wrap(line);
  return text;
}

std::string mistyped(const CLI::App& app, const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments.front().starts_with('-')) return {};
  std::vector<std::string> commands;
  const CLI::App* command = nullptr;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back(each->get_name());
    if (!arguments.empty() && each->get_name() == arguments.front()) command = each;
  }
  if (arguments.empty()) return fmt::format("which command? One of: {}", fmt::join(commands, ", "));
  const std::string& first = arguments.front();
  if (command == nullptr) return fmt::format("unknown command '{}'{}", first, guess(first, commands));

  std::vector<std::string> kinds;
  for (const CLI::App* each : command->get_subcommands([](const CLI::App*) { return true; })) {
    kinds.push_back(each->get_name());
  }
  if (!kinds.empty() && arguments.size() == 1)
    return fmt::format("{} of what? One of: {}", first, fmt::join(kinds, ", "));
  if (!kinds.empty()) return mistyped(*command, {arguments.begin() + 1, arguments.end()});

  const std::vector<std::string> known = option_names(*command);
  for (const std::string& argument : arguments) {
    const std::string name = argument.substr(0, argument.find('='));
    if (!name.starts_with("--") || name == "--") continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return fmt::format("unknown option '{}' of {}{}", name, first, guess(name, known));
  }
  if (const CLI::Option* file = command->get_option_no_throw("--file"); file != nullptr && file->count() == 0) {
    for (const std::string& argument : arguments) {
      if (argument.starts_with('-') || !(argument.ends_with(".yaml") || argument.ends_with(".yml"))) continue;
      return fmt::format("'{0}' stands alone; a manifest is given with -f: ballast {1} -f {0}", argument, first);
    }
  }
  for (const CLI::Option* option : command->get_options()) {
    if (option->get_expected_max() != 1 || option->count() < 2) continue;
    return fmt::format("{} is given {} times; it can be given once", option->get_name(), option->count());
  }
  return {};
}

}  // namespace ballast
