// One line for each decision, to stderr: with the time for people, as a JSON object for machines, with syslog's level
// in front for systemd's journal.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ballast {

enum class LogLevel : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6 };  ///< syslog(3)
std::string_view text_of(LogLevel level);                                             ///< "warning"
std::optional<LogLevel> log_level_of(std::string_view word);

enum class LogFormat : std::uint8_t { text, json };

/// What the line speaks of, for machines: the text says it, too.
struct LogField {
  std::string_view name;  ///< "router", "service", "member", "revision"
  std::string value;
};
using LogFields = std::initializer_list<LogField>;

/// To be called before there are other threads. Lines less important than `least` are not written.
void set_up_log(LogFormat format, LogLevel least);

/// May block where stderr does: not for the VRRP plane's thread.
void log_line(LogLevel level, std::string_view text, LogFields fields = {});

// ---- what is written, as text ----

struct LogLine {
  LogLevel level;
  std::string_view text;
  std::span<const LogField> fields;
  std::chrono::sys_time<std::chrono::milliseconds> at;
};
/// {"time", "level", "message", and the fields}; bytes that are no UTF-8 are replaced.
std::string json_text(const LogLine& line);
/// Each line of `text` with syslog's level in front ("<4>"), as the journal takes each for an entry of its own.
std::string journal_text(LogLevel level, std::string_view text);

/// Whether JOURNAL_STREAM ("device:inode") names this very stream; a shell or another service may have inherited it.
bool is_journal(const char* journal_stream, std::uint64_t device, std::uint64_t inode);

}  // namespace ballast
