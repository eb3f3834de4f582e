// The picture that `ballast status --watch` draws, and the API's queries.
#include <doctest/doctest.h>

#include "controller/http/query.hpp"
#include "controller/report/frame.hpp"

using namespace ballast;

TEST_CASE("frame: lines are cut at the screen's edge; colours and UTF-8 take the room that people see") {
  CHECK(clipped("hello", 3) == "hel");
  CHECK(clipped("hello", 5) == "hello");
  CHECK(clipped("\xc3\xa4\xc3\xb6\xc3\xbc", 2) == "\xc3\xa4\xc3\xb6");
  CHECK(clipped("\033[31mred\033[0m and more", 5) == "\033[31mred\033[0m a\033[0m");
  CHECK(clipped("a\tb\x07", 9) == "a?b?");
  CHECK(clipped("", 5).empty());
}

TEST_CASE("frame: what fits is shown whole, every line is cleared behind it, and the footer is the last") {
  const Frame frame = make_frame("one\ntwo\n", "q ends", {4, 8}, 0);
  CHECK(frame.bytes ==
        "\033[Hone\033[K\r\n"
        "two\033[K\r\n"
        "\033[K\r\n"
        "\033[7mq ends  \033[0m\033[J");
  CHECK(frame.page == 3);
}

TEST_CASE("frame: of more lines a part, which cannot be scrolled beyond the end") {
  std::string text;
  for (int i = 1; i <= 10; ++i) text += std::to_string(i) + "\n";
  CHECK(make_frame(text, "", {4, 40}, 2).bytes.find("\033[H3\033[K\r\n4\033[K\r\n5\033[K\r\n") == 0);
  CHECK(make_frame(text, "", {4, 40}, 2).bytes.find("lines 3-5 of 10") != std::string::npos);
  const Frame end = make_frame(text, "", {4, 40}, 1000);
  CHECK(end.offset == 7);
  CHECK(end.bytes.find("lines 8-10 of 10") != std::string::npos);
  CHECK(make_frame(text, "", {1, 1}, 0).page == 1);
}

TEST_CASE("query: values are escaped and read back") {
  for (const std::string value : {"web", "tcp 192.0.2.1:80", "[2001:db8::1]:443", "a&b=c%d+e\xff", ""}) {
    CAPTURE(value);
    const auto query = http::parse_query("service=" + http::query_text(value), {"service"});
    REQUIRE(query.has_value());
    CHECK(query->at("service") == value);
  }
  CHECK(http::parse_query("", {"since"})->empty());
  CHECK(http::parse_query("since=7&", {"since"})->at("since") == "7");
}

TEST_CASE("query: what is not known, comes twice or is broken is refused") {
  const auto error_of = [](const std::string& text) {
    const auto query = http::parse_query(text, {"since", "object"});
    return query ? std::string("no error") : query.error().text;
  };
  CHECK(error_of("sinec=7") == "the query may have since, object, not 'sinec'");
  CHECK(error_of("since=7&since=8") == "the query has 'since' twice");
  CHECK(error_of("since=%zz") == "the query's 'since=%zz' has a broken escape");
  CHECK(error_of("since=%4") == "the query's 'since=%4' has a broken escape");
  CHECK(http::parse_decimal("18446744073709551615") == UINT64_MAX);
  for (const char* wrong : {"", "-1", "7x", "18446744073709551616", " 7"}) {
    CAPTURE(wrong);
    CHECK_FALSE(http::parse_decimal(wrong).has_value());
  }
}
