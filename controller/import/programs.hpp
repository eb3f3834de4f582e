// Programs of the operator's: keepalived's way to write them into `command`, `shell` and `user`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "controller/import/node_config.hpp"

namespace ballast::keepalived {

struct ProgramText {
  std::vector<std::string> argv;
  std::string text;  ///< as it stands there
  std::optional<std::string> user;
};

class Programs {
 public:
  Programs(Remarks& remarks, std::optional<std::string> user) : remarks_(remarks), user_(std::move(user)) {}

  /// `"/path arguments" [user [group]]`: with a user after it, as notify has it; without one, more words are dropped,
  /// as keepalived does.
  std::optional<ProgramText> parse(const Statement& statement, bool user_follows);

  /// {command, shell, user}
  json make(const Statement& statement, const ProgramText& program);

  /// The program as part of a text for sh, with further words that sh expands.
  std::string shell_text(const ProgramText& program, const std::string& more = {});
  /// {command, shell: true, user} of such a text.
  json make_shell(const Statement& statement, const std::string& text, const std::optional<std::string>& user);

 private:
  void add_user(const Statement& statement, const std::optional<std::string>& user, json& program);

  Remarks& remarks_;
  std::optional<std::string> user_;
  bool told_of_root_ = false;
};

/// Script texts for each of several occasions, joined into one program that the manifest's notify runs.
struct Occasion {
  std::string pattern;  ///< of sh's case
  ProgramText program;
  const Statement* statement = nullptr;
};
/// "case WORD in PATTERN) PROGRAM;; ... esac"; tells of users that differ.
std::string case_text(Programs& programs, Remarks& remarks, const std::string& word,
                      const std::vector<Occasion>& occasions);

}  // namespace ballast::keepalived
