// One look at a repository: which git command comes next, and what came of them all.
// Pure: no process is run here; what commands printed is given in, the next command is the output.
#pragma once

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "controller/source/files.hpp"
#include "controller/source/git_options.hpp"
#include "controller/source/git_text.hpp"
#include "controller/source/snapshot.hpp"
#include "drivers/program.hpp"

namespace ballast::git {

/// What is known from one look to the next.
struct Memory {
  std::string fetched;  ///< the commit that the copy has, in full
  std::string told;     ///< the commit that was given out
  bool shallow = true;  ///< false: the server has whole histories only (plain files over http)
  int untidied = 0;     ///< commits fetched since the copy was made smaller
};

struct Command {
  std::vector<std::string> argv;
  std::optional<std::string> input{};
  std::chrono::milliseconds timeout{};
  std::size_t most_output = std::size_t{64} << 10;
};

/// The repository could not be asked, or the copy not be made.
struct Failure {
  std::string text;
};
/// The branch is where it was.
struct Unchanged {};
/// The files of a commit, or in `files.problems` why it is refused.
struct Commit {
  Revision revision;  ///< but for read_at
  SourceFiles files;
};
using Outcome = std::variant<Failure, Unchanged, Commit>;
using Next = std::variant<Command, Outcome>;

class LookMachine {
 public:
  /// `copy` is the folder of the bare repository that commits are fetched into; it is thrown away where it fails.
  LookMachine(const GitOptions& options, std::string copy, Memory& memory);

  Command begin();
  Next take(const ProgramOutcome& outcome);

 private:
  enum class Step { ask, remove, make, fetch, describe, verify, list, read };

  Command command(Step step);
  [[nodiscard]] std::vector<std::string> git(std::vector<std::string> arguments) const;
  Next judge_ask(const ProgramOutcome& outcome);
  Next judge_fetch(const ProgramOutcome& outcome);
  Next judge_describe(const ProgramOutcome& outcome);
  Next judge_list(const ProgramOutcome& outcome);
  Next judge_read(const ProgramOutcome& outcome);
  /// Once in a look: the copy may be damaged, or locked by a git that was killed.
  Next begin_afresh(const std::string& complaint);
  Next finish(SourceFiles files);
  [[nodiscard]] std::string why(const std::string& doing, const ProgramOutcome& outcome) const;

  const GitOptions& options_;
  std::string copy_;
  Memory& memory_;
  Step step_ = Step::ask;
  bool afresh_ = false;
  std::string wanted_;  ///< the id that the branch has
  Revision revision_;
  Listing listing_;
};

/// What makes the copy smaller once it has gathered many commits; empty argv: nothing is to be done.
Command tidy(const std::string& copy, Memory& memory);

/// Until the next look begins, counted from the beginning of the one that ended: the interval, at most a tenth less
/// so that many nodes do not ask at once. No longer after failures: what is pushed when the repository is back is
/// applied as soon as ever. `random` is 0..1.
std::chrono::milliseconds until_next_look(std::chrono::milliseconds interval, double random);

}  // namespace ballast::git
