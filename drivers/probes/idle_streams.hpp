// Connections that stay between two checks (HTTP keep-alive). Internal to drivers/probes.
//
// At most one for each key, and `most` in all; those that nobody asked for again are closed after `longest_idle`.
#pragma once

#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "drivers/probes/stream.hpp"

namespace ballast::probes {

class IdleStreams {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t most = 1024;
  static constexpr std::chrono::minutes longest_idle{5};

  /// The connection kept for `key` where the server has not closed it meanwhile.
  std::optional<Stream> take(const std::string& key);
  void put(const std::string& key, Stream stream, Time now);
  void close_old(Time now);
  /// When the oldest has been idle for too long.
  [[nodiscard]] std::optional<Time> next_close() const;

 private:
  struct Entry {
    std::string key;
    Stream stream;
    Time since;
  };
  std::list<Entry> entries_;  // oldest first
  std::map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace ballast::probes
