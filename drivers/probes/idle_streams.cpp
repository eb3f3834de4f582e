#include "drivers/probes/idle_streams.hpp"

namespace ballast::probes {

std::optional<Stream> IdleStreams::take(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  Stream stream = std::move(found->second->stream);
  entries_.erase(found->second);
  by_key_.erase(found);
  if (!stream.is_quiet()) return std::nullopt;
  return stream;
}

void IdleStreams::put(const std::string& key, Stream stream, Time now) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    entries_.erase(found->second);
    by_key_.erase(found);
  }
  if (entries_.size() == most) {
    by_key_.erase(entries_.front().key);
    entries_.pop_front();
  }
  entries_.push_back({key, std::move(stream), now});
  by_key_[key] = std::prev(entries_.end());
}

void IdleStreams::close_old(Time now) {
  while (!entries_.empty() && entries_.front().since + longest_idle <= now) {
    by_key_.erase(entries_.front().key);
    entries_.pop_front();
  }
}

std::optional<IdleStreams::Time> IdleStreams::next_close() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.front().since + longest_idle;
}

}  // namespace ballast::probes
