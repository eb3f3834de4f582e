// What log lines look like to machines, and when they go to the journal.
#include <doctest/doctest.h>

#include "controller/report/log.hpp"

using namespace ballast;

namespace {

constexpr std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds{1795266000250}};

}  // namespace

TEST_CASE("log: JSON is one object a line, with the fields that the line speaks of") {
  const LogField fields[] = {{"router", "web"}, {"revision", "0123456789ab"}};
  CHECK(json_text({LogLevel::warning, "vrrp web: 2 lines\nof \"text\"", fields, at}) ==
        "{\"time\":\"2026-11-21T13:00:00.250Z\",\"level\":\"warning\","
        "\"message\":\"vrrp web: 2 lines\\nof \\\"text\\\"\",\"router\":\"web\",\"revision\":\"0123456789ab\"}\n");
}

TEST_CASE("log: bytes that are no UTF-8 do not keep a line from being written") {
  CHECK(json_text({LogLevel::info, "eth\xff", {}, at}) ==
        "{\"time\":\"2026-11-21T13:00:00.250Z\",\"level\":\"info\",\"message\":\"eth\xef\xbf\xbd\"}\n");
}

TEST_CASE("log: the journal gets the level in front of each line") {
  CHECK(journal_text(LogLevel::error, "one") == "<3>one\n");
  CHECK(journal_text(LogLevel::info, "one\n\ntwo\n") == "<6>one\n<6>two\n");
}

TEST_CASE("log: only the stream that JOURNAL_STREAM names is the journal") {
  CHECK(is_journal("8:12345", 8, 12345));
  CHECK_FALSE(is_journal("8:12345", 8, 12346));
  CHECK_FALSE(is_journal("8:12345", 9, 12345));
  CHECK_FALSE(is_journal("", 8, 12345));
  CHECK_FALSE(is_journal(nullptr, 8, 12345));
}

TEST_CASE("log: levels by name") {
  CHECK(log_level_of("error") == LogLevel::error);
  CHECK(log_level_of("notice") == LogLevel::notice);
  CHECK_FALSE(log_level_of("debug").has_value());
}
