// How the health of real servers is checked, and what follows from it, as the operator wrote it: part of kind Pool.
// Plain values, compared without their origins: equal checks of one address are one check.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/ip.hpp"
#include "model/origin.hpp"
#include "model/virtual_router.hpp"

namespace ballast {

using Timeout = Located<std::chrono::milliseconds>;
inline constexpr std::chrono::milliseconds default_check_timeout{std::chrono::seconds{5}};

/// Passes where a connection is established in time.
struct TcpCheck {
  Timeout timeout{default_check_timeout, {}};
  friend bool operator==(const TcpCheck&, const TcpCheck&) = default;
};

/// How https and grpc check the server's certificate. Members are addressed by number, so by default nothing is
/// checked.
struct TlsOptions {
  Located<bool> verify{false, {}};
  std::optional<Located<std::string>> ca_file;      ///< PEM; else the system's; absolute path
  std::optional<Located<std::string>> server_name;  ///< SNI, and the name that is verified; else the request's host
  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

enum class HttpMethod : std::uint8_t { get, head, options, post };

struct StatusRange {
  std::uint16_t first = 200;
  std::uint16_t last = 299;
  friend bool operator==(const StatusRange&, const StatusRange&) = default;
};

/// One request and what its reply must be; every expectation that is given must hold.
struct HttpRequest {
  Located<std::string> path{"/", {}};
  Located<HttpMethod> method{};
  std::optional<Located<std::string>> host;           ///< Host header; else the member's address and port
  std::vector<Located<StatusRange>> status;           ///< empty: 200-299
  std::optional<Located<std::string>> body_matches;   ///< RE2 expression (model/regex.hpp) found in the body
  std::optional<Located<std::string>> body_contains;  ///< substring of the body
  std::optional<Located<std::string>> md5;            ///< of the body, 32 lower-case hex digits (keepalived's digest)
  std::optional<Located<std::string>> sha256;         ///< of the body, 64 lower-case hex digits
  friend bool operator==(const HttpRequest&, const HttpRequest&) = default;
};

/// http, and https where `tls` is given. All requests must pass, one after another.
struct HttpCheck {
  Timeout timeout{default_check_timeout, {}};  ///< of all of it
  std::vector<HttpRequest> requests;           ///< at least one
  Located<bool> keep_alive{};                  ///< the connection stays for the next check
  Located<int> redirects{};                    ///< how many are followed, on the same server only
  std::optional<TlsOptions> tls;
  friend bool operator==(const HttpCheck&, const HttpCheck&) = default;
};

/// Equal in all but where they were written.
bool operator==(const Program& a, const Program& b);

/// Exit status 0 passes. With dynamic_weight 2-255 passes too and sets the weight to the status less 2, as keepalived's
/// misc_dynamic does; 1 fails.
struct MemberScriptCheck : ScriptCheck {
  Located<bool> dynamic_weight{};
};
bool operator==(const MemberScriptCheck& a, const MemberScriptCheck& b);

enum class DnsType : std::uint16_t { a = 1, ns = 2, cname = 5, soa = 6, mx = 15, txt = 16, aaaa = 28, srv = 33 };

/// Asks a name server over UDP; passes where it answers without an error.
struct DnsCheck {
  Timeout timeout{default_check_timeout, {}};
  Located<std::string> name{".", {}};
  Located<DnsType> type{DnsType::soa, {}};
  friend bool operator==(const DnsCheck&, const DnsCheck&) = default;
};

/// Greets a mail server and takes leave (220, EHLO or HELO 250, QUIT).
struct SmtpCheck {
  Timeout timeout{default_check_timeout, {}};
  std::optional<Located<std::string>> helo;  ///< the name it greets with; else this host's
  friend bool operator==(const SmtpCheck&, const SmtpCheck&) = default;
};

/// Sends a datagram. With `reply` an answer that begins with those bytes is needed; else only an ICMP error fails.
struct UdpCheck {
  Timeout timeout{default_check_timeout, {}};
  std::string payload;               ///< bytes
  std::optional<std::string> reply;  ///< bytes; empty: any answer
  Origin origin;
  friend bool operator==(const UdpCheck& a, const UdpCheck& b) {
    return a.timeout == b.timeout && a.payload == b.payload && a.reply == b.reply;
  }
};

/// ICMP echo.
struct PingCheck {
  Timeout timeout{default_check_timeout, {}};
  friend bool operator==(const PingCheck&, const PingCheck&) = default;
};

/// grpc.health.v1.Health/Check over HTTP/2; passes where the status is SERVING.
struct GrpcCheck {
  Timeout timeout{default_check_timeout, {}};
  Located<std::string> service;   ///< empty: the server as a whole
  std::optional<TlsOptions> tls;  ///< absent: cleartext with prior knowledge
  friend bool operator==(const GrpcCheck&, const GrpcCheck&) = default;
};

using CheckKind =
    std::variant<TcpCheck, HttpCheck, MemberScriptCheck, DnsCheck, SmtpCheck, UdpCheck, PingCheck, GrpcCheck>;

/// "tcp", "http", "https", "script", ...
std::string_view word_of(const CheckKind& kind);

/// The time that one attempt may take.
std::chrono::milliseconds timeout_of(const CheckKind& kind);

/// Whether it cannot do without a port: all but ping, and script, which is only told one.
bool needs_port(const CheckKind& kind);

/// What the probe goes through: straight to the member, or to the VIP through it as a client's packet would.
enum class CheckPath : std::uint8_t { member, vip };

struct Check {
  CheckKind kind;
  Located<std::chrono::milliseconds> interval{std::chrono::seconds{10}, {}};  ///< between the beginnings of two rounds
  Located<int> retries{1, {}};  ///< further attempts before a round has failed
  Located<std::chrono::milliseconds> retry_delay{std::chrono::seconds{1}, {}};  ///< before each further attempt
  Located<int> rise{1, {}};                                                     ///< rounds passed in a row: up
  Located<int> fall{1, {}};                                                     ///< rounds failed in a row: down
  std::optional<Located<std::chrono::milliseconds>> warmup;  ///< first rounds are spread over it; else the interval
  std::optional<Located<IpAddress>> source;                  ///< that probes come from
  std::optional<Located<IpAddress>> address;                 ///< checked instead of the member's
  std::optional<Located<std::uint16_t>> port;                ///< checked instead of the member's
  Located<std::uint32_t> mark{};                             ///< firewall mark of the probes; 0: none
  Located<CheckPath> via{};
  Origin origin;
};
/// Equal in all but where they were written.
bool operator==(const Check& a, const Check& b);

/// What the operator wants of a member. drain: no new connections; down: as if it had failed.
enum class MemberState : std::uint8_t { enabled, drain, down };

enum class CheckNeed : std::uint8_t { all, any };
enum class OnFailure : std::uint8_t { remove, quiesce };

/// What follows from the health of a pool's members, for each service by itself.
struct HealthPolicy {
  Located<CheckNeed> require{};     ///< of several checks
  Located<OnFailure> on_failure{};  ///< quiesce: weight 0 keeps connections (keepalived's inhibit_on_failure)
  Located<std::chrono::milliseconds> slow_start{};  ///< a member that returns gets its weight in steps; 0: at once
  Located<std::chrono::milliseconds> drain{};       ///< how long a member that leaves keeps its connections; 0: not
  Located<std::uint32_t> quorum{1, {}};             ///< weight of healthy members below which the service is lost
  Located<std::uint32_t> hysteresis{};              ///< lost below quorum - hysteresis, back at quorum + hysteresis
  Located<int> min_healthy{};              ///< percent of members below which no further one is taken out; 0: none
  Located<bool> fail_open{};               ///< with no healthy member left, all of them serve
  std::optional<Located<bool>> assume_up;  ///< before the first round; else as the kernel has it
};

}  // namespace ballast
