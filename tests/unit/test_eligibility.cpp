// When a node stands for election.
#include <doctest/doctest.h>

#include "controller/runtime/eligibility.hpp"

using namespace std::chrono_literals;
using ballast::Eligibility;

TEST_CASE("eligibility: not before the first reconcile and the first round of checks") {
  Eligibility node;
  CHECK(node.why_not() == "the first reconcile is not complete");
  CHECK(node.judge(1s, "", false, false) == "the first round of checks is not complete");
  CHECK(node.judge(2s, "", true, false).empty());
}

TEST_CASE("eligibility: what fails on a standby is over when it is over") {
  Eligibility node;
  node.judge(1s, "", true, false);
  CHECK(node.judge(2s, "no IPVS", true, false) == "no IPVS");
  CHECK(node.judge(3s, "", true, false).empty());
}

TEST_CASE("eligibility: a trouble that comes with the role does not go with it, and rests longer each time") {
  Eligibility node;
  node.judge(1s, "", true, false);
  CHECK(node.judge(5s, "no mh", true, true) == "no mh");
  CHECK(node.judge(6s, "", true, false) == "as MASTER it could not serve, and waits before it tries again: no mh");
  CHECK_FALSE(node.judge(14s, "", true, false).empty());
  CHECK(node.judge(15s, "", true, false).empty());
  node.judge(20s, "no mh", true, true);
  CHECK_FALSE(node.judge(39s, "", true, false).empty());
  CHECK(node.judge(40s, "", true, false).empty());
}

TEST_CASE("eligibility: a MASTER that has served for a while begins anew") {
  Eligibility node;
  node.judge(1s, "", true, false);
  node.judge(5s, "no mh", true, true);
  CHECK(node.judge(16s, "", true, true).empty());
  CHECK(node.judge(26s, "", true, true).empty());
  node.judge(30s, "no mh", true, true);
  CHECK_FALSE(node.judge(39s, "", true, false).empty());
  CHECK(node.judge(40s, "", true, false).empty());
}
