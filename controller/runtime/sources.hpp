// Where manifests come from: files that are watched, or a git repository that is followed; and the last good one on
// disk, which comes first after a start. What was read is validated and weighed in the worker's thread, then offered.
// Threads: the loop's only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/http/manifest_status.hpp"
#include "controller/runtime/manifests.hpp"
#include "controller/runtime/reloaded.hpp"
#include "controller/source/git.hpp"
#include "controller/source/last_good.hpp"
#include "controller/source/watch.hpp"
#include "reconcilers/removals.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

struct SourceOptions {
  std::vector<std::string> paths;  ///< of files and folders; empty with git
  std::optional<GitOptions> git;
  std::string cache_dir = "/var/lib/ballast";
};

struct SourcesCallbacks {
  std::function<void(std::function<void()>)> run_job;  ///< in the worker's thread
  std::function<void(Outcome)> offered;                ///< what became of one that was read
  std::function<void(const char* kind)> failed;        ///< "files" or "git" could not be read
};

class Sources {
 public:
  using Then = std::function<void(const Reloaded&)>;

  Sources(boost::asio::io_context& loop, SourceOptions options, RemovalLimit limit, Manifests& manifests,
          SourcesCallbacks callbacks);

  /// Puts the last good manifest of this source in force, else the files as they are now; with git there may be none
  /// yet. Errors: there is nothing to start with.
  Result<void> begin();
  /// Watches, or follows.
  void start();
  /// Looks at once; `then` is called when that is done with, if it is ever.
  void reload(Then then = {});
  /// A held manifest may be in force now: it is then the last good one.
  void keep();
  void stop();

  /// The members that are not Manifests'.
  void complete(http::ManifestStatus& status) const;
  /// Why nothing is in force yet.
  [[nodiscard]] std::string why_none() const;

 private:
  struct Read;
  struct Waiting {
    std::uint64_t look;
    Then then;
  };

  Result<bool> begin_with_last_good();
  void look_at_files(bool asked_for);
  void take(std::uint64_t look, bool asked_for, git::Outcome outcome);
  void judge(std::uint64_t look, bool asked_for, std::function<Read()> read);
  void offer(std::uint64_t look, bool asked_for, const Read& read);
  void answer(std::uint64_t look, const Reloaded& reloaded);
  void reachable();
  void cannot_read(std::uint64_t look, const char* kind, const std::string& why);
  void log_unreadable(const std::string& why) const;

  boost::asio::io_context& loop_;
  SourceOptions options_;
  RemovalLimit limit_;
  Manifests& manifests_;
  SourcesCallbacks callbacks_;
  std::string source_;  // what last good ones are known by
  LastGoodStore store_;
  std::optional<FileWatch> watch_;
  std::optional<GitSource> git_;
  std::vector<Waiting> waiting_;
  std::uint64_t file_looks_ = 0;
  std::optional<http::RevisionStatus> attempted_;
  std::optional<http::SourceError> error_;
  std::shared_ptr<const Snapshot> newest_;           // offered last
  std::shared_ptr<const SourceFiles> newest_files_;  // its bytes, until they are kept
  bool from_last_good_ = false;
  bool stopping_ = false;
};

}  // namespace ballast
