// What one virtual router is told, what it wants done, and what can be seen of it: plain values between the machine,
// which decides, and the plane, which owns sockets and the clock.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/vrrp/lease.hpp"
#include "controller/vrrp/packet.hpp"

namespace ballast::vrrp {

enum class Role : std::uint8_t { init, backup, master, fault };
inline constexpr std::size_t roles = 4;
std::string_view text_of(Role role);  ///< "MASTER"

// ---- what happened ----------------------------------------------------------------------------------------------

/// What a MASTER that ended with Stop{keep} leaves to its successor.
struct Kept {
  Time sent_at{};              ///< its last advertisement
  std::uint32_t sequence = 0;  ///< of that, with AH: the others refuse what is not above it

  friend bool operator==(const Kept&, const Kept&) = default;
};
/// Conditions (link, eligibility, maintenance, priority) are told before this. Within the lease of what was kept, the
/// machine goes on as MASTER at once.
struct Start {
  std::optional<Kept> kept;
};
/// next_deadline() has come. Read what the sockets hold first: a packet in the queue is older than the deadline.
struct Timer {};
/// An IP payload of this group's VRID (peek_vrid). `payload` is used during the call only.
struct Packet {
  std::span<const std::uint8_t> payload;
  IpHeaderFacts facts;
};
/// A packet of a VRID that no router of this interface has: other groups share the network. Counted, and no trouble.
struct OtherVrid {};
/// The interface is there, up and has carrier; `source` is the primary address packets leave from.
struct LinkChanged {
  bool up = false;
  IpAddress source;
  std::string reason;  ///< where it is down: "eth0 does not exist"
};
/// Outcome of tracking (tracking.hpp).
struct PriorityChanged {
  std::uint8_t priority = 100;
  std::string fault;  ///< not empty: what failed that must not fail
};
/// Whether the rest of the node can serve: a first complete reconcile, IPVS can be programmed.
struct Eligibility {
  bool eligible = false;
  std::string reason;  ///< where it is not
};
/// The outcome of AddAddresses, and of a RenewAddresses that failed.
struct AddressesAdded {};
struct AddressesFailed {
  std::string reason;
};
/// The outcome of SendAdvertisement: told where nothing could be sent, and once where that is over.
struct Advertised {
  std::string trouble;  ///< empty: sent
};
/// Hand over now; ends nothing else.
struct FailoverRequested {};
struct Maintenance {
  bool on = false;
};
/// The machine slept or stood still though `now` may not show it (CLOCK_BOOTTIME ran ahead of CLOCK_MONOTONIC).
struct PauseDetected {
  Duration length{};
};
/// Orders of the sync group (sync_group.hpp).
struct GroupBlocked {
  bool blocked = false;
  std::string reason;
};
struct GroupMaster {};
struct GroupBackup {};
/// Ends: releases at once, or leaves the VIPs to a successor that starts within the lease.
struct Stop {
  bool keep = false;
};

struct Config;
/// New configuration with the same version, family and VRID; anything else is a new machine.
struct Reconfigured {
  const Config* config;
};

using Event = std::variant<Start, Timer, Packet, OtherVrid, LinkChanged, PriorityChanged, Eligibility, AddressesAdded,
                           AddressesFailed, Advertised, FailoverRequested, Maintenance, PauseDetected, GroupBlocked,
                           GroupMaster, GroupBackup, Stop, Reconfigured>;

// ---- what to do, in this order -----------------------------------------------------------------------------------

/// encode(machine.advertisement(*this), ...) to the group or to each unicast peer.
struct SendAdvertisement {
  std::uint8_t priority = 0;
  std::uint32_t sequence = 0;
  friend bool operator==(const SendAdvertisement&, const SendAdvertisement&) = default;
};
/// Make exactly the configured VIPs present with this lifetime; answer AddressesAdded or AddressesFailed.
struct AddAddresses {
  std::chrono::seconds lease{};
  friend bool operator==(const AddAddresses&, const AddAddresses&) = default;
};
/// Set the lifetime anew; a VIP that is missing is put back. Only a failure is answered.
struct RenewAddresses {
  std::chrono::seconds lease{};
  friend bool operator==(const RenewAddresses&, const RenewAddresses&) = default;
};
/// Remove every VIP of this router that is there, whoever put it there.
struct RemoveAddresses {
  friend bool operator==(const RemoveAddresses&, const RemoveAddresses&) = default;
};
/// Gratuitous ARP or unsolicited neighbour advertisements for every VIP, `count` times over, `pacing` between packets.
struct Announce {
  int count = 0;
  Duration pacing{};
  friend bool operator==(const Announce&, const Announce&) = default;
};
/// A change of role: notification script and one log line.
struct Notify {
  Role from = Role::init;
  Role to = Role::init;
  std::uint8_t priority = 0;
  std::string reason;
  friend bool operator==(const Notify&, const Notify&) = default;
};
enum class Level : std::uint8_t { info, warning, error };
struct Log {
  Level level = Level::info;
  std::string text;
  std::string repaired{};  ///< a VIP that somebody else had changed, now put right; else empty
  friend bool operator==(const Log&, const Log&) = default;
};

using Action = std::variant<SendAdvertisement, AddAddresses, RenewAddresses, RemoveAddresses, Announce, Notify, Log>;

// ---- what can be seen ----------------------------------------------------------------------------------------------

struct Status {
  Role role = Role::init;
  Time since{};        ///< of the role
  std::string reason;  ///< of the last change of role
  std::uint8_t priority = 100;
  std::vector<std::string> impediments;  ///< why it does not stand for election
  std::optional<IpAddress> master;       ///< who was heard last, or we
  std::uint8_t master_priority = 0;
  Centiseconds master_interval{};
  std::string conflict;  ///< a foreign group or another list of addresses on this VRID, and who sends it
  std::uint64_t sent = 0;
  std::uint64_t received = 0;           ///< that passed every check
  std::uint64_t releases_sent = 0;      ///< priority 0
  std::uint64_t releases_received = 0;  ///< priority 0
  std::uint64_t pauses = 0;
  RefusalCounts refused{};
  std::array<std::uint64_t, roles> entered{};  ///< by role
};

}  // namespace ballast::vrrp
