#include "controller/source/git_look.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/duration.hpp"

namespace ballast::git {
namespace {

constexpr std::chrono::seconds ask_timeout{30};
constexpr std::chrono::seconds fetch_timeout{120};
constexpr std::chrono::seconds local_timeout{30};
constexpr std::chrono::seconds tidy_timeout{120};
constexpr std::size_t longest_listing = std::size_t{32} << 20;
constexpr int tidy_after = 50;  // commits
/// Ours in the copy, so that a forced push to any branch is only another value of it.
constexpr const char* our_reference = "refs/ballast/wanted";

std::chrono::milliseconds timeout_of(bool over_network, bool fetch) {
  return fetch ? fetch_timeout : over_network ? ask_timeout : local_timeout;
}

}  // namespace

LookMachine::LookMachine(const GitOptions& options, std::string copy, Memory& memory)
    : options_(options), copy_(std::move(copy)), memory_(memory) {}

std::vector<std::string> LookMachine::git(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"git", "--git-dir=" + copy_, "-c", "gc.auto=0", "-c", "maintenance.auto=false"});
  return arguments;
}

Command LookMachine::begin() {
  return command(Step::ask);
}

Command LookMachine::command(Step step) {
  step_ = step;
  Command next;
  const std::string reference = options_.branch.empty() ? "HEAD" : "refs/heads/" + options_.branch;
  switch (step) {
    case Step::ask:
      next.argv = {"git", "ls-remote", "--quiet", "--exit-code", "--", options_.url, reference};
      next.most_output = std::size_t{1} << 20;
      break;
    case Step::remove:
      next.argv = {"rm", "-rf", "--", copy_};
      break;
    case Step::make: {
      constexpr std::size_t sha256_digits = 64;
      next.argv = {"git",         "init",
                   "--quiet",     "--bare",
                   "--template=", wanted_.size() == sha256_digits ? "--object-format=sha256" : "--object-format=sha1",
                   "--",          copy_};
      break;
    }
    case Step::fetch:
      next.argv = git({"fetch", "--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"});
      if (memory_.shallow) next.argv.emplace_back("--depth=1");
      next.argv.insert(next.argv.end(), {"--", options_.url, fmt::format("+{}:{}", reference, our_reference)});
      break;
    case Step::describe:
      next.argv = git({"log", "-1", "--no-show-signature", "--no-color", "--encoding=UTF-8",
                       std::string("--format=") + log_format, our_reference, "--"});
      break;
    case Step::verify:
      next.argv = git({"verify-commit", revision_.commit});
      break;
    case Step::list:
      next.argv = git({"ls-tree", "-r", "-z", "-l", "--full-tree", revision_.commit});
      if (const std::string path = repository_path(options_); !path.empty()) {
        next.argv.insert(next.argv.end(), {"--", path});
      }
      next.most_output = longest_listing;
      break;
    case Step::read:
      next.argv = git({"cat-file", "--batch"});
      next.input.emplace();
      for (const Blob& blob : listing_.blobs) *next.input += blob.id + "\n";
      next.most_output = batch_bytes(listing_.blobs);
      break;
  }
  next.timeout = timeout_of(step == Step::ask, step == Step::fetch);
  return next;
}

Next LookMachine::take(const ProgramOutcome& outcome) {
  switch (step_) {
    case Step::ask:
      return judge_ask(outcome);
    case Step::remove:
      if (!outcome.success()) return Failure{why("cannot remove the copy " + copy_, outcome)};
      return command(Step::make);
    case Step::make:
      if (!outcome.success()) return begin_afresh(why("cannot make a copy in " + copy_, outcome));
      return command(Step::fetch);
    case Step::fetch:
      return judge_fetch(outcome);
    case Step::describe:
      return judge_describe(outcome);
    case Step::verify:
      if (outcome.status && !outcome.success()) {
        const std::string said = complaint(outcome.errors);
        SourceFiles files;
        files.problems.push_back(
            {Origin{}, "the commit has no signature that is trusted here (git verify-commit" +
                           (said.empty() ? std::string(" prints nothing: it is not signed)") : ": " + said + ")")});
        return Commit{revision_, std::move(files)};
      }
      if (!outcome.success()) return Failure{why("cannot verify the signature", outcome)};
      return command(Step::list);
    case Step::list:
      return judge_list(outcome);
    case Step::read:
      return judge_read(outcome);
  }
  return Failure{"not a step"};
}

Next LookMachine::judge_ask(const ProgramOutcome& outcome) {
  constexpr int no_such_reference = 2;
  if (outcome.status && *outcome.status == ExitStatus{false, no_such_reference}) {
    return Failure{options_.branch.empty() ? "the repository has no commit yet"
                                           : fmt::format("the repository has no branch '{}'", options_.branch)};
  }
  if (!outcome.success()) return Failure{why("", outcome)};
  const auto id = find_reference(outcome.output, options_.branch.empty() ? "HEAD" : "refs/heads/" + options_.branch);
  if (!id) return Failure{"git ls-remote prints something that is not understood: " + printable(outcome.output)};
  wanted_ = *id;
  if (wanted_ == memory_.told) return Unchanged{};
  return command(wanted_ == memory_.fetched ? Step::describe : Step::make);
}

Next LookMachine::judge_fetch(const ProgramOutcome& outcome) {
  if (outcome.success()) {
    ++memory_.untidied;
    return command(Step::describe);
  }
  if (memory_.shallow && outcome.errors.find("does not support shallow") != std::string::npos) {
    memory_.shallow = false;
    return command(Step::fetch);
  }
  return begin_afresh(why("", outcome));
}

Next LookMachine::judge_describe(const ProgramOutcome& outcome) {
  auto revision = outcome.success() ? read_revision(outcome.output) : std::nullopt;
  if (!revision) return begin_afresh(why("cannot read the commit", outcome));
  revision_ = std::move(*revision);
  memory_.fetched = revision_.commit;
  return command(options_.verify_signatures ? Step::verify : Step::list);
}

Next LookMachine::judge_list(const ProgramOutcome& outcome) {
  if (!outcome.success()) return begin_afresh(why("cannot list the commit's files", outcome));
  listing_ = outcome.output_cut ? Listing{} : read_listing(outcome.output, repository_path(options_));
  if (outcome.output_cut) {
    listing_.problems.push_back(
        {Origin{}, "the commit has too many files to look through; narrow it down with --path"});
  }
  if (listing_.blobs.empty()) return finish({{}, std::move(listing_.problems)});
  return command(Step::read);
}

Next LookMachine::judge_read(const ProgramOutcome& outcome) {
  auto texts = outcome.success() ? read_blobs(outcome.output, listing_.blobs) : std::nullopt;
  if (!texts) return begin_afresh(why("cannot read the commit's files", outcome));
  return finish({std::move(*texts), std::move(listing_.problems)});
}

Next LookMachine::finish(SourceFiles files) {
  memory_.told = revision_.commit;
  return Commit{revision_, std::move(files)};
}

Next LookMachine::begin_afresh(const std::string& complaint) {
  memory_.fetched.clear();
  memory_.untidied = 0;
  if (std::exchange(afresh_, true)) return Failure{complaint};
  return command(Step::remove);
}

std::string LookMachine::why(const std::string& doing, const ProgramOutcome& outcome) const {
  const std::string head = doing.empty() ? "" : doing + ": ";
  if (!outcome.failure.empty()) return head + outcome.failure + "; is the package git installed?";
  if (!outcome.status) {
    return fmt::format("{}git did not end within {}", head,
                       duration_text(timeout_of(step_ == Step::ask, step_ == Step::fetch)));
  }
  std::string said = without_secrets(complaint(outcome.errors), options_.url);
  if (said.empty()) said = outcome.success() ? "git prints what is not understood" : "git: " + outcome.status->text();
  return head + said;
}

Command tidy(const std::string& copy, Memory& memory) {
  Command command;
  if (memory.untidied < tidy_after) return command;
  memory.untidied = 0;
  command.argv = {"git", "--git-dir=" + copy, "gc", "--quiet", "--prune=now"};
  command.timeout = tidy_timeout;
  return command;
}

std::chrono::milliseconds until_next_look(std::chrono::milliseconds interval, double random) {
  constexpr double jitter = 0.1;
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(interval.count()) * (1 - jitter * random)));
}

}  // namespace ballast::git
