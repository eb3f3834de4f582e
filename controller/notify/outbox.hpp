// When a target gets its next message and what is in it: events that come together go together, messages keep their
// distance, which grows while events go on, and what could not be delivered is tried again a few times.
// Pure: time is passed in. One message is under way at a time.
//
//   outbox.add(event, now);
//   if (auto digest = outbox.take(now)) send it, then outbox.finish(..., now)
//   call take() again at next_wake()
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "controller/notify/backlog.hpp"

namespace ballast::notify {

using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::milliseconds;

struct Pace {
  Duration gather{};         ///< from an event to its message, for others to come along
  Duration apart{};          ///< between two messages at least
  Duration longest_apart{};  ///< what that doubles up to while there is always something to tell
  std::size_t most_shown = 0;
};

enum class Delivered : std::uint8_t { yes, not_now, never };

/// A message that is the same at each attempt.
struct Message {
  Digest digest;
  std::uint64_t number = 0;  ///< of this outbox
  int attempt = 1;
};

class Outbox {
 public:
  static constexpr int most_attempts = 5;
  static constexpr Duration first_retry{1000};  ///< doubles

  explicit Outbox(Pace pace) : pace_(pace), apart_(pace.apart), backlog_(pace.most_shown) {}

  void add(EventPtr event, Time now);
  /// What is to be sent now; null: nothing.
  std::shared_ptr<const Message> take(Time now);
  /// What came of it; the number of events that are lost with it.
  std::size_t finish(Delivered delivered, Time now);
  /// When take() has something; nullopt: not before the next call of anything else.
  [[nodiscard]] std::optional<Time> next_wake() const;

  /// The process ends: everything is due, and tried once.
  void hurry(Time now);
  [[nodiscard]] bool idle() const { return message_ == nullptr && backlog_.empty(); }
  /// Events that are not told.
  [[nodiscard]] std::size_t size() const;

 private:
  void make_message(Time now);

  Pace pace_;
  Duration apart_;
  Backlog backlog_;
  std::shared_ptr<Message> message_;
  bool under_way_ = false;
  bool hurried_ = false;
  Time due_{};  // of the message or, without one, of the backlog
  std::optional<Time> last_;
  std::uint64_t number_ = 0;
  std::size_t lost_ = 0;
};

}  // namespace ballast::notify
