// Every keyword that keepalived knows is carried over or named in a remark: none is unknown, none disappears.
#include <map>
#include <set>

#include "controller/import/keywords.hpp"
#include "tests/unit/importing.hpp"

using namespace ballast;
using namespace ballast::testing;

namespace {

/// A value with which a keyword makes a difference to the manifest.
const std::map<std::string, std::string> values = {
    {"advert_int", "3"},
    {"alpha", ""},
    {"auth_pass", "other"},
    {"auth_type", "AH"},
    {"authentication", "{\nauth_type PASS\nauth_pass x\n}"},
    {"bindto", "10.0.0.3"},
    {"connect_ip", "10.0.0.77"},
    {"connect_port", "81"},
    {"default_interface", "eth9"},
    {"digest", "0123456789abcdef0123456789abcdef"},
    {"file", "/other"},
    {"flag-1", ""},
    {"flag-2", ""},
    {"global_defs", "{\nvrrp_version 3\n}"},
    {"group", "{\nV\nW\n}"},
    {"helo_name", "x.example.com"},
    {"host", "{\nconnect_port 587\n}"},
    {"inhibit_on_failure", ""},
    {"init_fail", ""},
    {"interface", "eth7"},
    {"ip_family", "inet6"},
    {"lb_algo", "rr"},
    {"lb_kind", "NAT"},
    {"lvs_method", "NAT"},
    {"lvs_sched", "rr"},
    {"lvs_sync_daemon", "eth0 V id 7"},
    {"lvs_sync_daemon_interface", "eth0"},
    {"lvs_timeouts", "tcp 5"},
    {"mcast_dst_ip", "224.0.0.99"},
    {"mcast_src_ip", "10.0.0.2"},
    {"mh-fallback", ""},
    {"mh-port", ""},
    {"misc_dynamic", ""},
    {"misc_path", "/bin/other"},
    {"name", "example.com"},
    {"nopreempt", ""},
    {"notification_email", "{\nops@example.com\n}"},
    {"notification_email_from", "lb@example.com"},
    {"notify", "/bin/n"},
    {"notify_backup", "/bin/n"},
    {"notify_down", "/bin/n"},
    {"notify_fault", "/bin/n"},
    {"notify_master", "/bin/n"},
    {"notify_stop", "/bin/n"},
    {"notify_up", "/bin/n"},
    {"ops", ""},
    {"path", "/other"},
    {"payload", "41"},
    {"persistence_engine", "sip"},
    {"persistence_granularity", "255.255.0.0"},
    {"priority", "77"},
    {"process", "other"},
    {"protocol", "SCTP"},
    {"quorum_down", "/bin/q"},
    {"quorum_up", "/bin/q"},
    {"real_server", "10.0.0.8 80 {\nweight 3\n}"},
    {"regex", "abc"},
    {"regex_no_match", "\nregex abc"},
    {"regex_options", "caseless\nregex abc"},
    {"require_reply", "42"},
    {"script", "/bin/other"},
    {"script_user", "nobody"},
    {"sh-fallback", ""},
    {"sh-port", ""},
    {"smtp_server", "192.0.2.25"},
    {"sorry_server", "10.0.0.9 80"},
    {"sorry_server_lvs_method", "NAT"},
    {"state", "FOO"},
    {"static_ipaddress", "{\n10.8.8.8/24 dev eth5\n}"},
    {"status_code", "204"},
    {"track_file", "f {\nfile /f\n}"},
    {"track_process", "p9 {\nprocess p\n}"},
    {"type", "A"},
    {"unicast_peer", "{\n10.0.0.9\n}"},
    {"unicast_src_ip", "10.0.0.2"},
    {"url", "{\npath /second\n}"},
    {"user", "nobody"},
    {"virtual_ipaddress", "{\n10.0.0.50/24\n}"},
    {"virtual_ipaddress_excluded", "{\n10.0.0.51/24\n}"},
    {"virtual_server", "10.0.0.60 80 {\nreal_server 10.0.0.8 80 {\n}\n}"},
    {"virtual_server_group", "g {\n10.0.0.61 80\n}"},
    {"virtualhost", "www.example.com"},
    {"vrrp_garp_interval", "0.01"},
    {"vrrp_gna_interval", "0.01"},
    {"vrrp_instance", "N {\ninterface eth0\nvirtual_router_id 77\nvirtual_ipaddress {\n10.0.0.70\n}\n}"},
    {"vrrp_mcast_group4", "224.0.0.99"},
    {"vrrp_mcast_group6", "ff02::99"},
    {"vrrp_min_garp", ""},
    {"vrrp_script", "s9 {\nscript /bin/x\n}"},
    {"vrrp_sync_group", "s9 {\ngroup {\nV\nW\n}\n}"},
    {"vrrp_track_file", "f9 {\nfile /f\n}"},
    {"vrrp_track_process", "p9 {\nprocess p\n}"},
    {"vrrp_version", "3"},
};

/// What has an effect only together with something else, which stands elsewhere in the file.
const std::set<std::string> carried_without_trace = {
    "preempt",             // the default
    "smtp_alert",          // of an instance, service or member: mail is the node's
    "smtp_alert_vrrp",     // the same
    "smtp_alert_checker",  // the same
    "smtp_connect_timeout",
    "notification_email",
    "notification_email_from",
    "smtp_server",  // mail needs all of them
    "no_checker_emails",
    "default_interface",  // of static addresses
    "vrrp_gna_interval",  // of IPv6
    "vrrp_garp_master_refresh_repeat",
    "garp_master_refresh_repeat",  // need a refresh
    "lvs_sync_daemon_interface",
    "hysteresis",
    "retry",
    "sorry_server_lvs_method",
    "ip_family",    // of marks
    "virtualhost",  // of HTTP_GET, which has a row of its own
    "group",
    "PING_CHECK",
    "sync_group_tracking_weight",  // are there already
};

/// A configuration with `line` in `block`.
std::string with(const std::string& block, const std::string& line) {
  const auto in = [&](const std::string& name) { return name == block ? line + "\n" : std::string(); };
  std::string checker = block == "checker" ? "TCP_CHECK" : "";
  for (const char* name : {"HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK", "MISC_CHECK", "UDP_CHECK", "TCP_CHECK"}) {
    if (block == name) checker = name;
  }
  if (block == "url") checker = "HTTP_GET";
  if (block == "host") checker = "SMTP_CHECK";
  std::string body = in(block == "checker" ? "checker" : checker == block ? block : "none");
  if (checker == "HTTP_GET" || checker == "SSL_GET") body += "url {\npath /\n" + in("url") + "}\n";
  if (block == "host") body += "host {\n" + in("host") + "}\n";
  if (checker == "MISC_CHECK" && line.find("misc_path") == std::string::npos) body += "misc_path /bin/m\n";
  const bool default_scheduler = line.find("lvs_sched") != 0 && line.find("lb_algo") != 0;
  const std::string scheduler = line.starts_with("sh-")                               ? "sh"
                                : line.starts_with("mh-") || line.starts_with("flag") ? "mh"
                                                                                      : "wrr";
  const bool method = line.find("lvs_method") != 0 && line.find("lb_kind") != 0;
  return "global_defs {\n" + in("global_defs") + "}\n" + in("") + "vrrp_script s {\nscript /bin/s\n" +
         in("vrrp_script") + "}\nvrrp_track_process p {\nprocess nginx\nweight 0\n" + in("vrrp_track_process") +
         "}\ntrack_file t {\nfile /t\nweight 0\n" + in("track_file") +
         "}\nvrrp_instance V {\ninterface eth0\n"
         "virtual_router_id 5\npriority 100\nvirtual_ipaddress {\n10.0.0.1/24\n}\ntrack_script {\ns\n}\ntrack_process "
         "{\np\n}\n"
         "track_file {\nt\n}\n" +
         (block == "authentication" ? "authentication {\nauth_type PASS\nauth_pass x\n" + line + "\n}\n" : "") +
         in("vrrp_instance") +
         "}\nvrrp_instance W {\ninterface eth0\nvirtual_router_id 6\nvirtual_ipaddress {\n10.0.0.2/24\n}\n}\n"
         "vrrp_sync_group G {\n" +
         (line.starts_with("group") ? "" : "group {\nV\nW\n}\n") + in("vrrp_sync_group") +
         "}\nvirtual_server 10.0.0.1 80 {\n" + (default_scheduler ? "lvs_sched " + scheduler + "\n" : "") +
         (method ? "lvs_method DR\n" : "") +
         (line.starts_with("protocol") ? ""
          : line == "ops"              ? "protocol UDP\n"
                                       : "protocol TCP\n") +
         in("virtual_server") + "real_server 10.0.0.5 80 {\nweight 2\n" + in("real_server") +
         (checker.empty() ? "PING_CHECK {\n}\n" : checker + " {\n" + body + "}\n") + "}\n}\n";
}

}  // namespace

TEST_CASE("import: every keyword that keepalived knows is carried over or named") {
  std::size_t count = 0;
  for (const auto& block : keepalived::all_keywords()) {
    for (const auto& keyword : block.keywords) {
      ++count;
      const std::string name(keyword.name);
      const auto value = values.find(name);
      std::string line = name + " " + (value != values.end() ? value->second : "7");
      if (name.starts_with("track_") && block.block.starts_with("vrrp_")) {
        line = name + " {\n" +
               (name == "track_interface" ? "eth4"
                : name == "track_file"    ? "t"
                : name == "track_process" ? "p"
                                          : "s") +
               " weight 9\n}";
      }
      if (name.ends_with("_CHECK") || name == "HTTP_GET" || name == "SSL_GET") {
        line = name + " {\nmisc_path /bin/x\nurl {\npath /\n}\n}";
      }
      const auto text = import_text(with(std::string(block.block), line));
      CAPTURE(block.block);
      CAPTURE(name);
      CAPTURE(joined(text.remarks));
      REQUIRE_FALSE(text.imported.has_errors());
      bool named = false;
      for (const auto& remark : text.imported.remarks) {
        const bool about = remark.text.find(name) != std::string::npos;
        named = named || (about && remark.kind != keepalived::RemarkKind::unknown);
        const bool unknown =
            remark.kind == keepalived::RemarkKind::unknown && remark.text.find("'" + name + "'") != std::string::npos;
        CHECK_FALSE(unknown);
        CHECK_FALSE(remark.text.ends_with("has no effect here"));
      }
      const auto without = import_text(with(std::string(block.block), ""));
      const auto plain = [](std::string manifest) {  // line numbers differ
        std::string out;
        for (std::size_t at = 0; at < manifest.size(); ++at) {
          if (manifest[at] == '#') at = std::min(manifest.find('\n', at), manifest.size() - 1);
          out += manifest[at];
        }
        return out;
      };
      const bool changes = plain(text.manifest) != plain(without.manifest);
      if (keyword.fate != keepalived::Fate::carried) {
        CHECK(named);
      } else if (!carried_without_trace.contains(name)) {
        CHECK((changes || named));
      }
    }
  }
  CHECK(count > 250);
}
