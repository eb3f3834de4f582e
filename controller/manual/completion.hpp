// What can stand at the end of a command line that is being typed, from the tree of commands and options that parses
// it. The shells' scripts only ask (`ballast __complete WORD...`), so one place knows, and it cannot be older than the
// program.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace ballast {

/// Names that the controller on this node knows.
struct KnownNames {
  std::set<std::string> services;
  std::set<std::string> routers;
  std::set<std::string> pools;
  std::set<std::string> members;    ///< addresses
  std::set<std::string> revisions;  ///< held
};

/// Asks the controller with this state directory; empty: the one that is meant without --state-dir.
using AskNames = std::function<KnownNames(const std::string& state_dir)>;

struct Candidate {
  std::string word;
  std::string meaning;
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

enum class Paths : std::uint8_t { none, files, directories };

struct Completion {
  std::vector<Candidate> candidates;
  Paths paths = Paths::none;  ///< what the shell should offer, too
};

/// `words` follow the program's name; the last is being typed and may be empty. Names are asked for only where they
/// fit.
Completion complete(const CLI::App& app, const std::vector<std::string>& words, const AskNames& ask);

/// As the scripts read it: "files", "directories" or "none", then a candidate a line, tab, meaning.
std::string completion_text(const Completion& completion);

/// The script for bash, zsh or fish.
std::string_view completion_script(std::string_view shell);

}  // namespace ballast
