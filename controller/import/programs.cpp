#include "controller/import/programs.hpp"

#include <algorithm>

#include "controller/import/words.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

/// At blanks, but not within ''.
std::vector<std::string> split_arguments(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  bool quoted = false;
  for (const char c : text) {
    if (c == '\'') {
      quoted = !quoted;
      begun = true;
    } else if (!quoted && (c == ' ' || c == '\t' || c == '\n')) {
      if (begun) words.push_back(std::exchange(word, {}));
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (begun) words.push_back(word);
  return words;
}

/// What only bash knows.
bool needs_bash(const std::string& text) {
  return text.find("/dev/tcp/") != std::string::npos || text.find("/dev/udp/") != std::string::npos ||
         text.find("[[") != std::string::npos;
}

/// Whether it was written for a shell.
bool needs_shell(const std::string& text) {
  return text.starts_with('[') || text.find_first_of("|&;<>`") != std::string::npos ||
         text.find("$(") != std::string::npos || text.find("${") != std::string::npos;
}

}  // namespace

std::optional<ProgramText> Programs::parse(const Statement& statement, bool user_follows) {
  auto words = split_quoted(statement.rest);
  if (words.empty() || words.front().find_first_not_of(" \t") == std::string::npos) {
    remarks_.add(RemarkKind::lost, statement.origin, cat(statement.keyword, " names no program"));
    return std::nullopt;
  }
  for (std::string& word : words) {
    const bool binary = std::any_of(word.begin(), word.end(), [](char c) { return c < 0; }) && make_printable(word);
    const bool nul = word.find('\0') != std::string::npos;
    if (!binary && !nul) continue;
    remarks_.add(RemarkKind::lost, statement.origin, cat(statement.keyword, ": bytes that are no text"));
    return std::nullopt;
  }
  ProgramText program;
  program.text = words.front();
  program.argv = split_arguments(words.front());
  if (user_follows && words.size() > 1) program.user = words[1];
  if (!user_follows && words.size() > 1) {
    remarks_.add(RemarkKind::repaired, statement.origin,
                 cat(statement.keyword, ": keepalived drops '", shown(words[1]),
                     "' and what follows, as program and arguments do not stand in one pair of quotation marks"));
  }
  if (program.argv.empty() || program.argv.front().empty()) {
    remarks_.add(RemarkKind::lost, statement.origin, cat(statement.keyword, " names no program"));
    return std::nullopt;
  }
  return program;
}

void Programs::add_user(const Statement& statement, const std::optional<std::string>& user, json& program) {
  if (user && !user->empty()) {
    program["user"] = *user;
  } else if (user_) {
    program["user"] = *user_;
  } else {
    program["user"] = "root";
    if (!std::exchange(told_of_root_, true)) {
      remarks_.add(RemarkKind::changed, statement.origin,
                   "programs without a user run as root, as in keepalived where there is no user keepalived_script; "
                   "remove 'user: root' where an unprivileged user will do");
    }
  }
}

json Programs::make(const Statement& statement, const ProgramText& program) {
  if (needs_shell(program.text)) {
    const bool bash = needs_bash(program.text);
    remarks_.add(RemarkKind::changed, statement.origin,
                 cat(statement.keyword, ": written for a shell, which keepalived 2 does not start; here ",
                     bash ? "/bin/bash" : "/bin/sh", " runs it"));
    if (!bash) return make_shell(statement, program.text, program.user);
    json made = {{"command", {"/bin/bash", "-c", program.text}}};
    add_user(statement, program.user, made);
    return made;
  }
  json made = json::object();
  json words = json::array();
  // keepalived looks for it in PATH.
  if (!program.argv.front().starts_with('/')) words.push_back("/usr/bin/env");
  for (const std::string& word : program.argv) words.push_back(word);
  made["command"] = words;
  add_user(statement, program.user, made);
  return made;
}

std::string Programs::shell_text(const ProgramText& program, const std::string& more) {
  std::string text;
  if (needs_shell(program.text)) {
    text = program.text;
  } else {
    for (const std::string& word : program.argv) text += (text.empty() ? "" : " ") + shell_word(word);
  }
  return more.empty() ? text : text + " " + more;
}

json Programs::make_shell(const Statement& statement, const std::string& text, const std::optional<std::string>& user) {
  json made = {{"command", text}, {"shell", true}};
  add_user(statement, user, made);
  return made;
}

std::string case_text(Programs& programs, Remarks& remarks, const std::string& word,
                      const std::vector<Occasion>& occasions) {
  std::string text = "case " + word + " in";
  for (const Occasion& each : occasions) {
    text += " " + each.pattern + ") " + programs.shell_text(each.program) + ";;";
    if (each.program.user == occasions.front().program.user) continue;
    remarks.add(RemarkKind::changed, each.statement->origin,
                cat(each.statement->keyword, ": runs as the same user as ", occasions.front().statement->keyword, " (",
                    occasions.front().statement->origin.line_text(), "), as one program runs for all of them"));
  }
  return text + " esac";
}

}  // namespace ballast::keepalived
