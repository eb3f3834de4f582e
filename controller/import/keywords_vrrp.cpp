// Keywords of VRRP and of what it tracks.
#include "controller/import/keywords.hpp"

namespace ballast::keepalived {
namespace {

constexpr std::string_view routing = "Ballast makes no routes and rules; run a script by notify, or route to the VIP";
constexpr std::string_view fifo = "Ballast writes to no FIFO";
constexpr std::string_view accept_mode = "nothing filters packets to the VIPs: accept mode is always on";
constexpr std::string_view delays = "a process counts as running, and as gone, when it is seen so";

constexpr Keyword script[] = {
    {"script"}, {"interval"}, {"timeout"}, {"weight"}, {"rise"}, {"fall"}, {"user"}, {"init_fail"},
};

constexpr Keyword track_process[] = {
    {"process"},
    {"weight"},
    {"quorum"},
    {"quorum_max", Fate::lost, "one process of the name is enough, and more are no failure"},
    {"param_match", Fate::lost, "processes are told apart by name only"},
    {"full_command", Fate::lost, "processes are told apart by name only"},
    {"delay", Fate::lost, delays},
    {"fork_delay", Fate::lost, delays},
    {"terminate_delay", Fate::lost, delays},
};

constexpr Keyword track_file[] = {
    {"file"},
    {"weight"},
    {"init_file", Fate::lost, "Ballast writes no file; one that is missing counts as 0"},
};

constexpr Keyword sync_group[] = {
    {"group"},
    {"track_interface"},
    {"track_script"},
    {"track_file"},
    {"track_process"},
    {"track_bfd", Fate::lost, "Ballast has no BFD"},
    {"notify_master"},
    {"notify_backup"},
    {"notify_fault"},
    {"notify_stop"},
    {"notify"},
    {"notify_deleted", Fate::lost, "a VirtualRouter that leaves the manifest is not notified of"},
    {"notify_priority_changes", Fate::lost, fifo},
    {"smtp_alert"},
    {"global_tracking", Fate::needless, "what a group tracks, all its members track"},
    {"sync_group_tracking_weight"},
};

constexpr Keyword instance[] = {
    {"state"},
    {"interface"},
    {"virtual_router_id"},
    {"priority"},
    {"advert_int"},
    {"version"},
    {"nopreempt"},
    {"preempt"},
    {"preempt_delay"},
    {"authentication"},
    {"mcast_src_ip"},
    {"unicast_src_ip"},
    {"unicast_peer"},
    {"unicast_fault_no_peer", Fate::needless, "unicast without peers is refused by ballast validate"},
    {"unicast_ttl", Fate::lost, "advertisements have a TTL of 255"},
    {"old_unicast_checksum", Fate::lost, "the checksum is that of RFC 9568"},
    {"check_unicast_src", Fate::needless, "with unicast, only the other routers' packets count"},
    {"mcast_dst_ip"},
    {"track_src_ip", Fate::lost, "give the address to the interface before ballast starts"},
    {"virtual_ipaddress"},
    {"virtual_ipaddress_excluded"},
    {"virtual_routes", Fate::lost, routing},
    {"virtual_rules", Fate::lost, routing},
    {"promote_secondaries", Fate::lost, "net.ipv4.conf.INTERFACE.promote_secondaries is a sysctl"},
    {"use_vmac"},
    {"use_vmac_addr", Fate::lost, "VIPs on other interfaces keep the interface's MAC address"},
    {"vmac_xmit_base", Fate::lost, "with a virtual MAC, advertisements come from its device"},
    {"use_ipvlan", Fate::lost, "Ballast makes no ipvlan; VIPs are held on the interface"},
    {"vrf", Fate::lost, "name the interface"},
    {"native_ipv6", Fate::needless, "the addresses say it"},
    {"dont_track_primary", Fate::lost, "without its interface a router is in FAULT"},
    {"linkbeat_use_polling", Fate::needless, "the kernel tells of links at once"},
    {"track_interface"},
    {"track_script"},
    {"track_file"},
    {"track_process"},
    {"track_bfd", Fate::lost, "Ballast has no BFD"},
    {"garp_master_delay"},
    {"garp_master_repeat"},
    {"garp_master_refresh"},
    {"garp_master_refresh_repeat"},
    {"garp_lower_prio_delay", Fate::lost, "a MASTER that hears a lower priority announces its VIPs at once"},
    {"garp_lower_prio_repeat", Fate::lost, "a MASTER that hears a lower priority announces its VIPs at once"},
    {"garp_extra_if", Fate::needless, "VIPs are announced on the device that holds them"},
    {"down_timer_adverts", Fate::lost, "the MASTER counts as down after three intervals, as RFC 9568 has it"},
    {"lower_prio_no_advert", Fate::needless, "Ballast follows RFC 9568"},
    {"higher_prio_send_advert", Fate::lost, "Ballast follows RFC 9568"},
    {"accept", Fate::needless, accept_mode},
    {"no_accept", Fate::lost, accept_mode},
    {"skip_check_adv_addr", Fate::lost, "the addresses of every advertisement are compared"},
    {"strict_mode", Fate::lost, "what RFC 9568 forbids is refused by ballast validate"},
    {"debug", Fate::needless, "`ballast status -o json` says what is going on"},
    {"notify_master"},
    {"notify_backup"},
    {"notify_fault"},
    {"notify_stop"},
    {"notify"},
    {"notify_deleted", Fate::lost, "a VirtualRouter that leaves the manifest is not notified of"},
    {"notify_master_rx_lower_pri", Fate::lost, "no program is run when a lower priority is heard"},
    {"notify_priority_changes", Fate::lost, fifo},
    {"smtp_alert"},
    {"lvs_sync_daemon_interface"},
    {"kernel_rx_buf_size", Fate::needless, "sockets grow as they need"},
};

constexpr Keyword authentication[] = {{"auth_type"}, {"auth_pass"}};

}  // namespace

const std::span<const Keyword> script_keywords = script;
const std::span<const Keyword> track_process_keywords = track_process;
const std::span<const Keyword> track_file_keywords = track_file;
const std::span<const Keyword> sync_group_keywords = sync_group;
const std::span<const Keyword> instance_keywords = instance;
const std::span<const Keyword> authentication_keywords = authentication;

}  // namespace ballast::keepalived
