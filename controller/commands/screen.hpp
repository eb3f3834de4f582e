// The terminal as a screen of one's own: the alternate buffer, keys as they are pressed, and everything as it was
// before when it ends, however it ends.
#pragma once

#include <chrono>
#include <string_view>

#include <termios.h>

#include "controller/report/frame.hpp"
#include "drivers/descriptor.hpp"
#include "model/result.hpp"

namespace ballast {

enum class Key { none, quit, up, down, page_up, page_down, top, bottom, refresh, resized };

class Screen {
 public:
  /// Errors: standard input or output is no terminal.
  static Result<Screen> open();
  ~Screen();
  Screen(Screen&& other) noexcept;
  Screen& operator=(Screen&&) = delete;

  /// False where the terminal is gone.
  [[nodiscard]] bool draw(std::string_view bytes) const;
  [[nodiscard]] ScreenSize size() const;
  /// Waits for a key, a new size or a signal to end; none when time is up.
  Key wait(std::chrono::milliseconds time);

 private:
  Screen(Descriptor signals, const termios& before) : signals_(std::move(signals)), before_(before) {}
  Key take_signal();
  Key take_key();
  void enter() const;
  void leave() const;

  Descriptor signals_;  ///< invalid: moved from
  termios before_{};
};

}  // namespace ballast
