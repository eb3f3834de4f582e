#include "controller/vrrp/digest.hpp"

#include <array>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "controller/vrrp/wire.hpp"

namespace ballast::vrrp {

using namespace wire;

namespace {

constexpr std::size_t digest_size = 12;
constexpr std::size_t digest_at = ah_header_size - digest_size;
constexpr std::uint8_t ah_words = ah_header_size / 4 - 2;  // RFC 4302 section 2.2

using Digest = std::array<std::uint8_t, digest_size>;

enum class HopLimit : std::uint8_t { zeroed, kept };

// The IPv4 header as the digest sees it: what routers may change is zero (RFC 4302 section 3.3.3.1.1). keepalived
// zeroes the TTL of unicast packets only.
Digest digest_of(std::span<const std::uint8_t> payload, const Group& group, const IpHeaderFacts& facts, HopLimit ttl) {
  Bytes covered = make_ipv4_header(facts, payload.size());
  covered[1] = 0;  // type of service
  if (ttl == HopLimit::zeroed) covered[8] = 0;
  covered[10] = covered[11] = 0;  // header checksum
  covered.insert(covered.end(), payload.begin(), payload.end());
  std::fill_n(covered.begin() + ipv4_header_size + digest_at, digest_size, std::uint8_t{0});
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> whole{};
  unsigned int size = 0;
  HMAC(EVP_md5(), group.password.data(), static_cast<int>(group.password.size()), covered.data(), covered.size(),
       whole.data(), &size);
  Digest digest{};
  std::copy_n(whole.begin(), digest_size, digest.begin());
  return digest;
}

bool same(std::span<const std::uint8_t> received, const Digest& computed) {
  return CRYPTO_memcmp(received.data(), computed.data(), digest_size) == 0;
}

}  // namespace

Bytes sealed(const Bytes& message, const Group& group, const IpHeaderFacts& facts, std::uint32_t sequence) {
  Bytes payload{vrrp_protocol, ah_words, 0, 0};
  append_address(payload, facts.source);  // the security parameters index is the sender's address
  append_word(payload, static_cast<std::uint16_t>(sequence >> 16));
  append_word(payload, static_cast<std::uint16_t>(sequence));
  payload.resize(ah_header_size);
  payload.insert(payload.end(), message.begin(), message.end());
  const HopLimit ttl = group.unicast_peers.empty() ? HopLimit::kept : HopLimit::zeroed;
  const Digest digest = digest_of(payload, group, facts, ttl);
  std::copy(digest.begin(), digest.end(), payload.begin() + digest_at);
  return payload;
}

Unsealed unseal(std::span<const std::uint8_t> payload, const Group& group, const IpHeaderFacts& facts) {
  if (payload.size() < ah_header_size) return {Refused{Refusal::length, "too short for an authentication header"}, 0};
  if (payload[0] != vrrp_protocol || payload[1] != ah_words) {
    return {Refused{Refusal::length, "the authentication header is not one of HMAC-MD5-96 before VRRP"}, 0};
  }
  const auto received = payload.subspan(digest_at, digest_size);
  // keepalived's way and the RFC's: both prove the password
  if (!same(received, digest_of(payload, group, facts, HopLimit::kept)) &&
      !same(received, digest_of(payload, group, facts, HopLimit::zeroed))) {
    return {Refused{Refusal::auth_mismatch, "the digest is not one of our password"}, 0};
  }
  return {std::nullopt, static_cast<std::uint32_t>(word_at(payload, 8)) << 16 | word_at(payload, 10)};
}

}  // namespace ballast::vrrp
