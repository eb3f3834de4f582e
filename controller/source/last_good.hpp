// The last manifest that was in force, kept on disk: the first thing to be in force after a restart, whatever has
// become of its source. The bytes themselves are kept, so that a newer version reads them anew.
//
// It may hold passwords: nobody but the owner may read it. What a manifest refers to by path (password files,
// certificates, scripts) is not in it; those paths are absolute and are read when they are needed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "controller/source/snapshot.hpp"
#include "model/result.hpp"

namespace ballast {

struct LastGood {
  std::string source;  ///< where it came from: it is of no use to another source
  Revision revision;
  std::vector<SourceText> texts;
};

/// A line with the format and a digest of what follows, a line of JSON, the texts one after another.
std::string encode(const LastGood& manifest);
/// Errors: another format, or not what encode() made (cut off, changed).
Result<LastGood> decode_last_good(std::string_view text);

class LastGoodStore {
 public:
  /// `log` is called from another thread.
  LastGoodStore(std::string folder, std::function<void(const std::string&)> log);
  /// What save() was given is written before it ends.
  ~LastGoodStore();
  LastGoodStore(const LastGoodStore&) = delete;
  LastGoodStore& operator=(const LastGoodStore&) = delete;

  /// nullopt: there is none. Errors: it cannot be read or is damaged.
  [[nodiscard]] Result<std::optional<LastGood>> load() const;

  /// Writes it in a thread of its own, as a disk may take its time; the newest replaces what was not begun.
  void save(LastGood manifest);

 private:
  void run();
  [[nodiscard]] Result<void> write(const LastGood& manifest) const;

  std::string folder_;
  std::function<void(const std::string&)> log_;
  std::string complaint_;  // of the last attempt: each is logged once
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<LastGood> next_;  // guarded by mutex_
  bool ending_ = false;           // guarded by mutex_
  std::thread thread_;            // the last member: it uses the others
};

}  // namespace ballast
