// One line for each decision, to stderr: with the time for people, with syslog's level in front for systemd's journal.
#pragma once

#include <cstdint>
#include <string_view>

namespace ballast {

enum class LogLevel : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6 };  ///< syslog(3)

/// May block where stderr does: not for the VRRP plane's thread.
void log_line(LogLevel level, std::string_view text);

}  // namespace ballast
