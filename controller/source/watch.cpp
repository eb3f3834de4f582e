#include "controller/source/watch.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace ballast {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds quiet{250};
/// A writer that has opened a file and stopped half-way is waited for that long, then the file counts as it is.
constexpr std::chrono::seconds longest_write{30};
constexpr int deepest_directory = 16;  // as controller/source/files reads them
constexpr std::uint32_t events_of_interest = IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                             IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

class FileWatch::Watcher : public std::enable_shared_from_this<FileWatch::Watcher> {
 public:
  Watcher(asio::io_context& loop, std::vector<std::string> paths, std::function<void()> changed)
      : paths_(std::move(paths)), changed_(std::move(changed)), descriptor_(loop), settle_(loop) {}

  Result<void> start() {
    const int inotify = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (inotify < 0) return Error{"cannot watch the manifests: inotify: " + errno_text(errno), errno};
    descriptor_.assign(inotify);
    if (auto watched = watch_all(); !watched) return watched;
    wait();
    return {};
  }

  void stop() {
    stopped_ = true;
    settle_.cancel();
    boost::system::error_code ignored;
    descriptor_.close(ignored);
  }

 private:
  /// Adding a watch that exists changes nothing, so this is done anew after each change.
  Result<void> watch_all() {
    for (const std::string& path : paths_) {
      if (path == "-") continue;
      std::error_code error;
      const fs::path whole = fs::absolute(path, error).lexically_normal();
      const fs::path entry = whole.has_filename() ? whole : whole.parent_path();
      // The name itself may be replaced: a file, or a link to a directory; and so may each link on the way to it.
      if (auto watched = watch_name(entry); !watched) return watched;
      for (fs::path above = entry.parent_path(); above.has_relative_path(); above = above.parent_path()) {
        if (!fs::is_symlink(above, error)) continue;
        if (auto watched = watch_name(above); !watched) return watched;
      }
      if (fs::is_directory(entry, error)) {
        if (auto watched = watch_tree(entry, 0); !watched) return watched;
      } else if (const fs::path target = fs::weakly_canonical(entry, error); !error) {
        if (auto watched = watch_name(target); !watched) return watched;
      }
    }
    return {};
  }

  Result<void> watch_name(const fs::path& path) {
    names_.insert(path.filename());
    if (auto watched = watch(path.parent_path()); !watched) return watched.error();
    return {};
  }

  Result<void> watch_tree(const fs::path& directory, int depth) {
    const auto watched = watch(directory);
    if (!watched) return watched.error();
    if (*watched >= 0) trees_.insert(*watched);
    if (depth == deepest_directory) return {};
    std::error_code error;
    for (auto entry = fs::directory_iterator(directory, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      std::error_code ignored;
      if (!fs::is_directory(entry->path(), ignored)) continue;
      if (auto below = watch_tree(entry->path(), depth + 1); !below) return below;
    }
    return {};
  }

  /// The watch's number; -1 where there is nothing to watch.
  Result<int> watch(const fs::path& directory) {
    const int added = ::inotify_add_watch(descriptor_.native_handle(), directory.c_str(), events_of_interest);
    if (added >= 0 || errno == ENOENT || errno == ENOTDIR || errno == EACCES) return added;
    return Error{fmt::format("cannot watch {}: {}", directory.string(), errno_text(errno)), errno};
  }

  void wait() {
    descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, [weak = weak_from_this()](const auto& error) {
      const auto self = weak.lock();
      if (!self || error || self->stopped_) return;
      self->read();
      self->wait();
    });
  }

  void read() {
    alignas(inotify_event) std::array<char, 16384> buffer;
    bool any = false;
    for (;;) {
      const ssize_t size = ::read(descriptor_.native_handle(), buffer.data(), buffer.size());
      if (size <= 0) break;
      for (const char* at = buffer.data(); at < buffer.data() + size;) {
        inotify_event event = {};
        std::memcpy(&event, at, sizeof event);
        const std::string name = event.len > 0 ? at + sizeof event : "";
        any = any || matters(event, name);
        take(event, name);
        at += sizeof event + event.len;
      }
    }
    if (any) settle(quiet);
  }

  /// Others may write into the same directories all the time.
  [[nodiscard]] bool matters(const inotify_event& event, const std::string& name) const {
    if (name.empty() || (event.mask & IN_Q_OVERFLOW) != 0 || names_.contains(name)) return true;
    if (trees_.contains(event.wd) && !name.starts_with('.')) {
      // A folder in a folder of manifests, or a link to one; not one beside them.
      const bool came_or_went = (event.mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) != 0;
      if ((event.mask & IN_ISDIR) != 0 || (came_or_went && !fs::path(name).has_extension())) return true;
    }
    return name.ends_with(".yaml") || name.ends_with(".yml") || name.starts_with("..");
  }

  void take(const inotify_event& event, const std::string& name) {
    const std::pair file(event.wd, name);
    if ((event.mask & IN_MODIFY) != 0) {
      if (!matters(event, name)) return;
      being_written_.try_emplace(file, Clock::now());
    } else if ((event.mask & (IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM)) != 0) {
      being_written_.erase(file);
    } else if ((event.mask & IN_Q_OVERFLOW) != 0) {
      being_written_.clear();
    }
  }

  void settle(Clock::duration after) {
    settle_.expires_after(after);
    settle_.async_wait([weak = weak_from_this()](const auto& error) {
      const auto self = weak.lock();
      if (!self || error || self->stopped_) return;
      self->tell();
    });
  }

  void tell() {
    const auto now = Clock::now();
    for (const auto& [file, since] : being_written_) {
      if (const auto left = since + longest_write - now; left > Clock::duration{0}) return settle(left);
    }
    being_written_.clear();
    // What cannot be watched any more is read again at the next event that still comes.
    [[maybe_unused]] const auto watched = watch_all();
    changed_();
  }

  std::vector<std::string> paths_;
  std::function<void()> changed_;
  asio::posix::stream_descriptor descriptor_;
  asio::steady_timer settle_;
  std::set<int> trees_;          // watches of folders that are read with all that is below them
  std::set<std::string> names_;  // of the paths, and of links on the way to them
  std::map<std::pair<int, std::string>, Clock::time_point> being_written_;  // by watch and name
  bool stopped_ = false;
};

FileWatch::FileWatch(asio::io_context& loop, std::vector<std::string> paths, std::function<void()> changed)
    : watcher_(std::make_shared<Watcher>(loop, std::move(paths), std::move(changed))) {}

FileWatch::~FileWatch() {
  watcher_->stop();
}

Result<void> FileWatch::start() {
  return watcher_->start();
}

}  // namespace ballast
