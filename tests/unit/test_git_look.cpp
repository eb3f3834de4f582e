// One look at a repository, command by command: what git is asked, and what follows from what it answers.
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "controller/source/git_look.hpp"

using namespace ballast;
using namespace ballast::git;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

const std::string id_a(40, 'a');
const std::string id_b(40, 'b');

ProgramOutcome ended(int code, const std::string& output = "", const std::string& errors = "") {
  ProgramOutcome outcome;
  outcome.status = ExitStatus{false, code};
  outcome.output = output;
  outcome.errors = errors;
  return outcome;
}

/// The command's words after its options about the copy: "fetch", "ls-tree", "init", "rm".
std::string name_of(const Command& command) {
  if (command.argv[0] != "git") return command.argv[0];
  std::size_t i = 1;
  while (command.argv[i].starts_with('-')) i += command.argv[i] == "-c" ? 2 : 1;
  return command.argv[i];
}

bool has(const Command& command, const std::string& word) {
  return std::find(command.argv.begin(), command.argv.end(), word) != command.argv.end();
}

/// A repository with one commit that has one manifest; answers what the machine asks.
struct Played {
  GitOptions options{"https://git.example.net/lb.git", "main", "lb"};
  Memory memory;
  std::string tip = id_a;
  std::string fail;  // the command that fails
  ProgramOutcome failure = ended(128, "", "fatal: no luck\n");
  int failures = 1000;
  std::string log;
  std::vector<Command> commands;

  ProgramOutcome answer(const std::string& name) {
    if (name == fail && failures-- > 0) return failure;
    if (name == "ls-remote") return ended(0, tip + "\trefs/heads/main\n");
    if (name == "log") return ended(0, tip + "\0Jane\0j@x\0"s + "1795262400\0web: one more\0"s + "\n");
    if (name == "ls-tree") return ended(0, "100644 blob " + id_b + "       3\tlb/web.yaml\0"s);
    if (name == "cat-file") return ended(0, id_b + " blob 3\nx: \n");
    return ended(0);
  }

  git::Outcome look() {
    LookMachine machine(options, "/cache/git", memory);
    Next next = machine.begin();
    log.clear();
    commands.clear();
    while (const auto* command = std::get_if<Command>(&next)) {
      commands.push_back(*command);
      const std::string name = name_of(*command);
      log += name + " ";
      next = machine.take(answer(name));
    }
    return std::get<git::Outcome>(next);
  }
  std::string failure_of_look() {
    const auto outcome = look();
    const auto* failed = std::get_if<Failure>(&outcome);
    return failed == nullptr ? "" : failed->text;
  }
};

}  // namespace

TEST_CASE("git look: asks, fetches the newest commit alone, and reads its files") {
  Played git;
  const auto outcome = git.look();
  CHECK(git.log == "ls-remote init fetch log ls-tree cat-file ");
  const auto* commit = std::get_if<Commit>(&outcome);
  REQUIRE(commit != nullptr);
  CHECK(commit->revision.id == "aaaaaaaaaaaa");
  CHECK(commit->revision.subject == "web: one more");
  REQUIRE(commit->files.texts.size() == 1);
  CHECK(commit->files.texts[0].name == "lb/web.yaml");
  CHECK(commit->files.texts[0].text == "x: ");
  CHECK(has(git.commands[2], "--depth=1"));
  CHECK(has(git.commands[2], "+refs/heads/main:refs/ballast/wanted"));
  CHECK(git.commands[5].input == id_b + "\n");
  for (const Command& command : git.commands) CHECK(command.timeout >= 30s);
}

TEST_CASE("git look: what is not an option stands behind --") {
  Played git;
  git.options.url = "/srv/-x";
  git.look();
  const auto after_dashes = [&](const Command& command, const std::string& word) {
    const auto dashes = std::find(command.argv.begin(), command.argv.end(), "--");
    return std::find(dashes, command.argv.end(), word) != command.argv.end();
  };
  CHECK(after_dashes(git.commands[0], "/srv/-x"));
  CHECK(after_dashes(git.commands[2], "/srv/-x"));
  CHECK(after_dashes(git.commands[4], "lb"));
}

TEST_CASE("git look: a branch that has not moved costs one question") {
  Played git;
  git.look();
  CHECK(std::holds_alternative<Unchanged>(git.look()));
  CHECK(git.log == "ls-remote ");
  git.memory.told.clear();  // somebody asks
  CHECK(std::holds_alternative<Commit>(git.look()));
  CHECK(git.log == "ls-remote log ls-tree cat-file ");
  git.tip = id_b;
  CHECK(std::holds_alternative<Commit>(git.look()));
  CHECK(git.log == "ls-remote init fetch log ls-tree cat-file ");
}

TEST_CASE("git look: the repository's own branch where none is named") {
  Played git;
  git.options.branch.clear();
  LookMachine machine(git.options, "/cache/git", git.memory);
  CHECK(machine.begin().argv.back() == "HEAD");
  auto next = machine.take(ended(0, id_a + "\tHEAD\n"));
  CHECK(name_of(std::get<Command>(next)) == "init");
  next = machine.take(ended(0));
  CHECK(has(std::get<Command>(next), "+HEAD:refs/ballast/wanted"));
}

TEST_CASE("git look: an unreachable repository is said in git's words, without the password") {
  Played git;
  git.options.url = "https://jane:secret@git.example.net/lb.git";
  git.fail = "ls-remote";
  git.failure = ended(128, "", "fatal: unable to access 'https://jane:secret@git.example.net/lb.git/': timed out\n");
  CHECK(git.failure_of_look() == "fatal: unable to access 'https://jane:***@git.example.net/lb.git/': timed out");
  CHECK(git.log == "ls-remote ");
  git.failure = ended(2);
  CHECK(git.failure_of_look() == "the repository has no branch 'main'");
  git.failure = {};
  git.failure.timed_out = true;
  CHECK(git.failure_of_look() == "git did not end within 30s");
  git.failure = {};
  git.failure.failure = "run git: no such file or directory (ENOENT)";
  CHECK(git.failure_of_look() == "run git: no such file or directory (ENOENT); is the package git installed?");
}

TEST_CASE("git look: a copy that fails is thrown away and made anew, once") {
  for (const char* name : {"init", "fetch", "log", "ls-tree", "cat-file"}) {
    CAPTURE(name);
    Played git;
    git.fail = name;
    git.failures = 1;
    CHECK(std::holds_alternative<Commit>(git.look()));
    CHECK(git.log.find(fmt::format("{} rm init fetch ", name)) != std::string::npos);
    CHECK(git.log.ends_with("log ls-tree cat-file "));
    CHECK(has(git.commands[0], "ls-remote"));
    git.memory = {};
    git.failures = 2;
    CHECK(git.failure_of_look().find("fatal: no luck") != std::string::npos);
  }
}

TEST_CASE("git look: a server that has no shallow histories gives whole ones") {
  Played git;
  git.fail = "fetch";
  git.failures = 1;
  git.failure = ended(128, "", "fatal: dumb http transport does not support shallow capabilities\n");
  CHECK(std::holds_alternative<Commit>(git.look()));
  CHECK(git.log == "ls-remote init fetch fetch log ls-tree cat-file ");
  CHECK_FALSE(has(git.commands[3], "--depth=1"));
  CHECK_FALSE(git.memory.shallow);
}

TEST_CASE("git look: an unsigned commit is refused, and judged anew until it is trusted") {
  Played git;
  git.options.verify_signatures = true;
  git.fail = "verify-commit";
  git.failures = 2;
  git.failure = ended(1);
  for (int i = 0; i < 2; ++i) {
    const auto outcome = git.look();
    const auto* refused = std::get_if<Commit>(&outcome);
    REQUIRE(refused != nullptr);
    CHECK(refused->files.texts.empty());
    REQUIRE(refused->files.problems.size() == 1);
    CHECK(refused->files.problems[0].message ==
          "the commit has no signature that is trusted here (git verify-commit prints nothing: it is not signed)");
  }
  CHECK(git.log == "ls-remote log verify-commit ");
  const auto outcome = git.look();
  REQUIRE(std::holds_alternative<Commit>(outcome));
  CHECK(std::get<Commit>(outcome).files.problems.empty());
  CHECK(git.log == "ls-remote log verify-commit ls-tree cat-file ");
}

TEST_CASE("git look: a verification that could not be made is no verdict") {
  Played git;
  git.options.verify_signatures = true;
  git.fail = "verify-commit";
  git.failure = {};
  git.failure.timed_out = true;
  CHECK(git.failure_of_look() == "cannot verify the signature: git did not end within 30s");
}

TEST_CASE("git look: the copy is made smaller after many commits, not before") {
  Memory memory;
  memory.untidied = 49;
  CHECK(tidy("/cache/git", memory).argv.empty());
  memory.untidied = 50;
  CHECK(has(tidy("/cache/git", memory), "--prune=now"));
  CHECK(tidy("/cache/git", memory).argv.empty());
}

TEST_CASE("git look: never later than the interval, at most a tenth earlier") {
  CHECK(until_next_look(30s, 0) == 30s);
  CHECK(until_next_look(30s, 1) == 27s);
}
