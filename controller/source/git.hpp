// Follows a git repository with the git program: looks at the interval, and at once where it is asked to.
//
// A commit's files are read out of a bare copy in the cache directory, never from a work tree. Credentials, proxies and
// keys are git's own affair: its configuration and the environment are as they are, but that it never asks a terminal.
// Threads: the loop's only; git runs beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "controller/source/git_look.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

class GitSource {
 public:
  /// What came of look number `look`, counted from 1, and whether it was asked for by look_now().
  using Take = std::function<void(std::uint64_t look, bool asked_for, git::Outcome)>;

  /// `options` are checked. `folder` is made for the copy where it is missing, not those above it.
  GitSource(boost::asio::io_context& loop, GitOptions options, std::string folder, Take take);
  /// Kills a git that runs.
  ~GitSource();
  GitSource(const GitSource&) = delete;
  GitSource& operator=(const GitSource&) = delete;

  /// The first look, now.
  void start();

  /// Looks at once, or when the look that is under way has ended; the commit is given out even where it is the same.
  /// The number of that look.
  std::uint64_t look_now();

  /// The next look gives its commit out even where it is the same.
  void forget();

 private:
  class Follower;
  std::shared_ptr<Follower> follower_;
};

}  // namespace ballast
