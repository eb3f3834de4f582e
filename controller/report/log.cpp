#include "controller/report/log.hpp"

#include <cstdlib>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/report/terminal.hpp"

namespace ballast {
namespace {

LogFormat chosen_format = LogFormat::text;
LogLevel least_important = LogLevel::info;

std::string_view word(LogLevel level) {
  return level == LogLevel::error ? "error: " : level == LogLevel::warning ? "warning: " : "";
}

std::string time_text(std::chrono::sys_time<std::chrono::milliseconds> at) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(at)),
                     at.time_since_epoch().count() % 1000);
}

bool stderr_is_journal() {
  struct stat status = {};
  if (::fstat(STDERR_FILENO, &status) != 0) return false;
  return is_journal(std::getenv("JOURNAL_STREAM"), status.st_dev, status.st_ino);
}

std::string people_text(const LogLine& line) {
  static const Palette palette = Palette::of(stderr);
  const Colour colour = line.level == LogLevel::error     ? Colour::red
                        : line.level == LogLevel::warning ? Colour::yellow
                                                          : Colour::none;
  return fmt::format("{} {}\n", time_text(line.at),
                     palette.paint(colour, std::string(word(line.level)).append(line.text)));
}

}  // namespace

std::string_view text_of(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "error";
    case LogLevel::warning:
      return "warning";
    case LogLevel::notice:
      return "notice";
    case LogLevel::info:
      break;
  }
  return "info";
}

std::optional<LogLevel> log_level_of(std::string_view wanted) {
  for (const LogLevel level : {LogLevel::error, LogLevel::warning, LogLevel::notice, LogLevel::info}) {
    if (wanted == text_of(level)) return level;
  }
  return std::nullopt;
}

bool is_journal(const char* journal_stream, std::uint64_t device, std::uint64_t inode) {
  return journal_stream != nullptr && journal_stream == fmt::format("{}:{}", device, inode);
}

std::string json_text(const LogLine& line) {
  nlohmann::ordered_json object = {
      {"time", time_text(line.at)}, {"level", text_of(line.level)}, {"message", line.text}};
  for (const LogField& field : line.fields) object[std::string(field.name)] = field.value;
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string journal_text(LogLevel level, std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end != 0) out += fmt::format("<{}>{}\n", static_cast<int>(level), text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

void set_up_log(LogFormat format, LogLevel least) {
  chosen_format = format;
  least_important = least;
}

void log_line(LogLevel level, std::string_view text, LogFields fields) {
  if (level > least_important) return;
  static const bool journal = stderr_is_journal();
  const LogLine line{level, text, fields,
                     std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now())};
  std::string out = chosen_format == LogFormat::json ? json_text(line)
                    : journal                        ? std::string(text)
                                                     : people_text(line);
  if (journal) out = journal_text(level, out);
  fmt::print(stderr, "{}", out);
}

}  // namespace ballast
