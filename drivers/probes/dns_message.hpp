// DNS messages as a health check needs them (RFC 1035): one question out, and whether what came back answers it.
// Pure, and safe on hostile bytes: names are compared where they stand, compression pointers are never followed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/checks.hpp"
#include "model/result.hpp"

namespace ballast::probes {

/// One question of class IN, recursion desired. `name` with or without its last dot; an error where it is no name.
Result<std::vector<std::uint8_t>> make_dns_query(std::uint16_t id, const std::string& name, DnsType type);

enum class DnsVerdict : std::uint8_t { passed, failed, not_ours };

struct DnsJudgement {
  DnsVerdict verdict = DnsVerdict::failed;
  std::string text;

  friend bool operator==(const DnsJudgement&, const DnsJudgement&) = default;
};

/// Passes where the reply says NOERROR, with or without answers, as keepalived's DNS_CHECK does. What is not a reply
/// to this query (another id, no reply at all) is not ours: wait on. Truncated replies (TC) are replies.
DnsJudgement judge_dns_reply(std::span<const std::uint8_t> query, std::span<const std::uint8_t> reply);

}  // namespace ballast::probes
