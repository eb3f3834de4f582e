#include "controller/manual/man_page.hpp"

#include <sstream>
#include <utility>

#include <fmt/format.h>

namespace ballast {
namespace {

constexpr std::string_view date = "2026-11-22";  // of the words below; the rest is the program's

constexpr Term exit_statuses[] = {
    {"0", "What was asked for is so: a manifest is valid, a kernel is as wanted, a node is ready."},
    {"1", "It is not so, and nothing failed: there are changes, a node is not ready, a manifest is held."},
    {"2", "Error, which stderr tells: wrong usage, an invalid manifest, a kernel that refused, no controller."},
};

constexpr Term files[] = {
    {"/run/ballast",
     "What Ballast made, and the controller's socket; lives as long as the kernel's tables (--state-dir)."},
    {"/var/lib/ballast", "The last good manifest, and the copy of a git repository (--cache-dir)."},
};

/// What troff would take for its own is written so that it does not.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";  // a minus, which can be copied and searched for
    } else if (c == '"') {
      out += "\\(dq";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '\'') {
      out += "\\(aq";
    } else {
      out += c;
    }
  }
  if (out.starts_with('.')) out.insert(0, "\\&");
  return out;
}

/// A paragraph in lines of the length that is usual in sources of manual pages.
std::string prose(const std::string& text) {
  constexpr std::size_t longest_line = 78;
  std::istringstream words(text);
  std::string out;
  std::string line;
  for (std::string word; words >> word;) {
    word = escaped(word);
    if (!line.empty() && line.size() + 1 + word.size() > longest_line) out += std::exchange(line, "") + "\n";
    line += (line.empty() ? "" : " ") + word;
  }
  return out + line + "\n";
}

std::string term(std::string_view name, std::string_view meaning) {
  return fmt::format(".TP\n\\fB{}\\fR\n{}", escaped(name), prose(std::string(meaning)));
}

std::string list_of(std::string_view title, std::span<const Term> terms) {
  std::string text = fmt::format(".SH {}\n", title);
  for (const Term& each : terms) text += term(each.name, each.meaning);
  return text;
}

/// "-o, --output text|json", "SERVICE".
std::string option_name(const CLI::Option& option) {
  std::string name;
  for (const std::string& letter : option.get_snames()) name += fmt::format("\\fB{}\\fR, ", escaped("-" + letter));
  for (const std::string& word : option.get_lnames()) name += fmt::format("\\fB{}\\fR", escaped("--" + word));
  if (option.get_items_expected_max() == 0) return name;
  std::string type = option.get_type_name();
  if (const std::size_t set = type.find(":{"); set != std::string::npos) {
    type = type.substr(set + 2, type.find('}', set) - set - 2);
    for (char& c : type) c = c == ',' ? '|' : c;
  }
  return fmt::format("{}{}\\fI{}\\fR", name, name.empty() ? "" : " ", escaped(type));
}

std::string option_entry(const CLI::Option& option) {
  return fmt::format(".TP\n{}\n{}", option_name(option), prose(option.get_description()));
}

/// Paragraphs; lines that begin with blanks, and examples, stay lines.
std::string footer_text(const std::string& footer) {
  std::string text;
  std::istringstream lines(footer);
  bool as_it_is = false;
  bool begins = true;
  for (std::string line; std::getline(lines, line);) {
    const bool example = line.starts_with("Example");
    const bool stays = example || line.starts_with(' ');
    if (as_it_is && !stays) text += ".fi\n";
    if (begins || example || (as_it_is && !stays && !line.empty())) text += line.empty() ? "" : ".PP\n";
    if (stays && !as_it_is) text += ".nf\n";
    as_it_is = stays;
    begins = line.empty();
    if (!begins) text += stays ? escaped(line) + "\n" : prose(line);
  }
  return text + (as_it_is ? ".fi\n" : "");
}

/// "import keepalived [OPTIONS] [FILE]..."
std::string usage_of(const CLI::App& command, const std::string& name) {
  std::string text = fmt::format("\\fBballast {}\\fR [\\fIOPTION\\fR]...", escaped(name));
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const std::string word = option_name(*option) + (option->get_expected_max() > 1 ? "..." : "");
    text += option->get_required() ? " " + word : fmt::format(" [{}]", word);
  }
  return text;
}

std::string command_section(const CLI::App& command, const std::string& name) {
  const auto inner = command.get_subcommands([](const CLI::App*) { return true; });
  std::string text = fmt::format(".SS {}\n", escaped("ballast " + name));
  text += fmt::format("{}\n.PP\n{}", inner.empty() ? usage_of(command, name) : escaped("ballast " + name + " COMMAND"),
                      prose(command.get_description()));
  for (const CLI::Option* option : command.get_options()) {
    if (!option->check_lname("help")) text += option_entry(*option);
  }
  text += footer_text(command.get_footer());
  for (const CLI::App* each : inner) text += command_section(*each, name + " " + each->get_name());
  return text;
}

}  // namespace

std::string man_page(const CLI::App& app, std::string_view version, std::span<const Term> environment) {
  std::string text = fmt::format(".TH BALLAST 8 {} \"ballast {}\" \"System Administration\"\n", date, version);
  text += ".SH NAME\nballast \\- keep Linux load balancers as a manifest describes them\n";
  text += ".SH SYNOPSIS\n\\fBballast\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]...\n";
  text += ".SH DESCRIPTION\n" + prose(app.get_description());
  text += ".PP\n" + prose(
                        "The same manifest goes to every machine of a cluster, and each takes its own part by its "
                        "name. diff shows what apply would do; run stays, and does it again and again.");
  text += ".PP\n" + prose("What a manifest may say: ballast schema --markdown.");
  text += ".SH COMMANDS\n";
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    text += command_section(*command, command->get_name());
  }
  text += list_of("EXIT STATUS", exit_statuses) + list_of("ENVIRONMENT", environment) + list_of("FILES", files);
  return text + ".SH SEE ALSO\n.BR ip (8),\n.BR ipvsadm (8),\n.BR keepalived (8)\n";
}

}  // namespace ballast
