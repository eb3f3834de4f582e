// vrrp_instance, vrrp_sync_group, and what they track.
#pragma once

#include <map>

#include "controller/import/globals.hpp"
#include "controller/import/programs.hpp"

namespace ballast::keepalived {

/// vrrp_script, vrrp_track_process and track_file by name, each read when it is first tracked.
class Trackables {
 public:
  Trackables(Section& root, Programs& programs);

  /// The `track` entries of an instance or a group. `interface`: the instance's own, which is tracked anyway.
  std::vector<json> read(Section& section, const std::string& interface);
  /// Tells of those that nobody tracks.
  void finish();

 private:
  struct Weight {
    std::int64_t value = 0;
    bool reverse = false;
    bool given = false;
  };
  struct Entry {
    const Statement* block = nullptr;
    json track;  ///< null where it cannot be carried over, which was told of
    Weight weight;
    bool tracked = false;
    bool read = false;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  void collect(Section& root, std::string_view keyword, Entries& entries);
  void read_interfaces(Section& section, const std::string& interface, std::vector<json>& tracks);
  void read_kind(Section& section, std::string_view keyword, Entries& entries, void (Trackables::*read_entry)(Entry&),
                 std::int64_t widest, std::vector<json>& tracks);
  void read_script(Entry& entry);
  void read_process(Entry& entry);
  void read_file(Entry& entry);
  std::optional<Weight> read_weight(const Statement& statement, std::size_t first, std::int64_t widest);
  Weight read_default_weight(Section& section, std::int64_t usual, std::int64_t widest);
  void add_weight(const Statement& statement, const Weight& weight, json track, std::vector<json>& tracks);

  Remarks& remarks_;
  Programs& programs_;
  Entries scripts_;
  Entries processes_;
  Entries files_;
};

/// A vrrp_instance. Nothing where keepalived has no use for it either; two where it has addresses of both families.
std::vector<Instance> read_instance(const Statement& block, const Globals& globals, Programs& programs,
                                    Trackables& trackables, Remarks& remarks);

/// Appends the instances of `root`, groups applied, to `node`.
void read_vrrp(Section& root, const Globals& globals, Programs& programs, NodeConfig& node);

/// The `notify` of an instance or a group; null where it has none.
json read_role_notify(Section& section, Programs& programs, const std::string& kind, const std::string& name);

/// virtual_ipaddress and virtual_ipaddress_excluded of an instance. Those of the other family are `others`: they make
/// an instance of their own.
struct VipLists {
  std::vector<json> addresses;
  std::vector<IpAddress> vips;
  std::vector<json> others;
  std::vector<IpAddress> other_vips;
};
/// `on_virtual_mac`: addresses without a device of their own are held on that of the virtual MAC.
VipLists read_vips(Section& section, const std::string& interface, bool on_virtual_mac);

/// One line "ADDRESS[/LENGTH] [dev INTERFACE] [label LABEL] ...".
struct AddressLine {
  Prefix prefix;
  std::string device;
  std::string label;
  std::string scope;
};
std::optional<AddressLine> read_address_line(const Statement& line, Remarks& remarks, bool is_static);

}  // namespace ballast::keepalived
