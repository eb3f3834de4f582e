// A suspension: how it is asked for, and that it outlives the process, as do the VIPs that were kept.
#include <filesystem>

#include <doctest/doctest.h>
#include <unistd.h>

#include "controller/runtime/handover.hpp"
#include "controller/runtime/status.hpp"

using namespace ballast;

TEST_CASE("suspend: the request, with or without a reason") {
  CHECK(parse_suspend(R"({"on": true, "reason": "new switch"})")->reason == "new switch");
  CHECK(parse_suspend(R"({"on": true, "reason": "a\nb"})")->reason == "a b");
  CHECK(parse_suspend(R"({"on": true})")->on);
  CHECK_FALSE(parse_suspend(R"({"on": false})")->on);
  for (const char* wrong : {"", "[]", "{}", R"({"on": 1})", R"({"on": true, "reason": 7})"}) {
    CAPTURE(wrong);
    CHECK(parse_suspend(wrong).has_error());
  }
  CHECK(parse_suspend(R"({"on": true, "reason": ")" + std::string(501, 'x') + "\"}").has_error());
}

TEST_CASE("suspend: a successor finds it, with a reason of several lines") {
  const auto path = std::filesystem::temp_directory_path() / ("ballast-suspend-" + std::to_string(::getpid()));
  std::filesystem::create_directories(path);
  const StateDir directory(path);
  const Handover handover(directory);
  CHECK_FALSE(handover.suspension().has_value());
  const Suspension suspension{
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1'795'000'000'123)),
      "new switch\nuntil 14:00"};
  REQUIRE(handover.set_suspension(suspension).has_value());
  const auto found = Handover(directory).suspension();
  REQUIRE(found.has_value());
  CHECK(found->since == suspension.since);
  CHECK(found->reason == suspension.reason);
  REQUIRE(handover.set_suspension(std::nullopt).has_value());
  CHECK_FALSE(handover.suspension().has_value());
  std::filesystem::remove_all(path);
}

TEST_CASE("handover: what was kept of each router is found once") {
  const auto path = std::filesystem::temp_directory_path() / ("ballast-kept-" + std::to_string(::getpid()));
  std::filesystem::create_directories(path);
  const StateDir directory(path);
  const Handover handover(directory);
  CHECK(handover.take().empty());
  const vrrp::KeptRouters kept{{"mail", {std::chrono::nanoseconds{123'456'789'012}, 4'294'967'295U}},
                               {"web", {std::chrono::nanoseconds{7}, 0}}};
  REQUIRE(handover.leave(kept).has_value());
  CHECK(Handover(directory).take() == kept);
  CHECK(handover.take().empty());
  REQUIRE(directory.save("kept", "no number\n").has_value());
  CHECK(handover.take().empty());
  std::filesystem::remove_all(path);
}
