// Reads the kernel's counters when somebody asks for rates, in a thread of its own: for a large table that takes longer
// than the loop may stand still.
// Threads: the loop's only.
#pragma once

#include <functional>
#include <memory>

#include "controller/runtime/traffic.hpp"

namespace boost::asio {
class io_context;
}

namespace ballast {

class Counters {
 public:
  explicit Counters(boost::asio::io_context& loop);
  /// Waits for what is being read; nobody gets it.
  ~Counters();
  Counters(const Counters&) = delete;
  Counters& operator=(const Counters&) = delete;

  /// Calls `then` with rates of now, or of half a second ago: at once or later from the loop. Where the counters cannot
  /// be read, the rates are those of before, or none.
  void read(std::function<void(const TrafficRates&)> then);

 private:
  class Reader;
  std::shared_ptr<Reader> reader_;
};

}  // namespace ballast
