// How far a large change is, for whoever waits at a terminal: one line on stderr that is written over, and gone at the
// end. Never where stderr is no terminal, and not before somebody has waited for half a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "drivers/kernel.hpp"

namespace ballast {

/// "writing destinations: 40,960 of 100,000 (40 %)".
std::string progress_text(std::string_view doing, std::size_t done, std::size_t total);

class ProgressLine {
 public:
  using Clock = std::chrono::steady_clock;

  ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { clear(); }

  [[nodiscard]] std::chrono::seconds waited() const;
  /// Replaces what it says.
  void say(std::string_view text);
  /// Gone, before something else is printed. It may be said again.
  void clear();

 private:
  bool shown_;
  bool visible_ = false;
  Clock::time_point begun_ = Clock::now();
};

/// IPVS, telling what is done with it, and when that is over. Writes go in portions, in the same order.
class ProgressIpvs final : public Ipvs {
 public:
  using Say = std::function<void(std::string_view text)>;
  /// What one portion of writes has; the kernel takes some milliseconds for it, and larger ones would be no faster.
  static constexpr std::size_t portion = 2048;

  ProgressIpvs(
      Ipvs& ipvs, Say say, std::function<void()> clear = [] {})
      : ipvs_(ipvs), say_(std::move(say)), clear_(std::move(clear)) {}

  bool present() override { return ipvs_.present(); }
  Result<IpvsTable> dump() override;
  Result<IpvsTable> dump(std::span<const ServiceKey> keys) override { return ipvs_.dump(keys); }
  Result<std::size_t> count_ipv4_services() override { return ipvs_.count_ipv4_services(); }
  Result<bool> has(const ServiceKey& key) override { return ipvs_.has(key); }
  std::vector<int> write(std::span<const IpvsWrite> writes) override;

 private:
  Ipvs& ipvs_;
  Say say_;
  std::function<void()> clear_;
};

}  // namespace ballast
