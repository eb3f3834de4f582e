// Tells when manifest files may have changed: inotify on the directories that hold them, so that files which are
// replaced, links that are swung to another directory (a mounted ConfigMap) and new subdirectories are all seen.
//
// A change is told once it has settled: nothing happened for a while, and no file is still being written.
// Threads: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/result.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

class FileWatch {
 public:
  /// `paths` as on the command line; "-" is passed over, as are those that do not exist, if their directory does.
  FileWatch(boost::asio::io_context& loop, std::vector<std::string> paths, std::function<void()> changed);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  /// Errors: no inotify to be had (fs.inotify.max_user_instances, max_user_watches).
  Result<void> start();

 private:
  class Watcher;
  std::shared_ptr<Watcher> watcher_;
};

}  // namespace ballast
