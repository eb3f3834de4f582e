// Keywords of virtual servers, real servers and checkers; and the list of all blocks.
#include <algorithm>
#include <array>

#include "controller/import/keywords.hpp"

namespace ballast::keepalived {
namespace {

constexpr std::string_view snmp = "Ballast has no SNMP";

constexpr Keyword virtual_server[] = {
    {"lvs_sched"},
    {"lb_algo"},
    {"lvs_method"},
    {"lb_kind"},
    {"nat_mask", Fate::needless, "the kernel's NAT knows no mask"},
    {"persistence_timeout"},
    {"persistence_granularity"},
    {"persistence_engine"},
    {"protocol"},
    {"ip_family"},
    {"ops"},
    {"hashed", Fate::needless, "the kernel keeps this flag by itself"},
    {"flag-1"},
    {"flag-2"},
    {"flag-3", Fate::lost, "no scheduler of the kernel knows it"},
    {"sh-port"},
    {"sh-fallback"},
    {"mh-port"},
    {"mh-fallback"},
    {"ha_suspend", Fate::needless, "every director checks, so that a takeover finds known members"},
    {"smtp_alert"},
    {"virtualhost"},
    {"snmp_name", Fate::lost, snmp},
    {"alpha"},
    {"omega", Fate::lost, "no script is run for members when ballast stops"},
    {"quorum"},
    {"hysteresis"},
    {"quorum_up"},
    {"quorum_down"},
    {"sorry_server"},
    {"sorry_server_inhibit", Fate::lost, "the sorry server is there only while it serves"},
    {"sorry_server_lvs_method"},
    {"connect_timeout"},
    {"retry"},
    {"delay_before_retry"},
    {"warmup"},
    {"delay_loop"},
    {"inhibit_on_failure"},
    {"real_server"},
};

constexpr Keyword real_server[] = {
    {"weight"},
    {"lvs_method"},
    {"notify_up"},
    {"notify_down"},
    {"uthreshold"},
    {"lthreshold"},
    {"smtp_alert"},
    {"virtualhost"},
    {"snmp_name", Fate::lost, snmp},
    {"alpha"},
    {"connect_timeout"},
    {"retry"},
    {"delay_before_retry"},
    {"warmup"},
    {"delay_loop"},
    {"inhibit_on_failure"},
    {"TCP_CHECK"},
    {"HTTP_GET"},
    {"SSL_GET"},
    {"SMTP_CHECK"},
    {"DNS_CHECK"},
    {"MISC_CHECK"},
    {"UDP_CHECK"},
    {"PING_CHECK"},
    {"BFD_CHECK", Fate::lost, "Ballast has no BFD"},
    {"FILE_CHECK", Fate::lost, "a script check can read the file"},
};

constexpr Keyword checker[] = {
    {"connect_ip"},
    {"connect_port"},
    {"bindto"},
    {"bind_port", Fate::lost, "the kernel chooses the probes' source port"},
    {"bind_if", Fate::lost, "the kernel chooses the probes' interface; 'source' of a check sets their address"},
    {"fwmark"},
    {"alpha"},
    {"connect_timeout"},
    {"retry"},
    {"delay_before_retry"},
    {"warmup"},
    {"delay_loop"},
    {"log_all_failures", Fate::needless, "`ballast status` shows why a member is down"},
};

constexpr Keyword http[] = {
    {"url"},
    {"nb_get_retry"},
    {"virtualhost"},
    {"http_protocol", Fate::lost, "checks speak HTTP/1.1"},
    {"fast_recovery", Fate::needless, "all URLs are asked in every round"},
    {"enable_sni", Fate::needless, "the host is sent in TLS always"},
};
constexpr Keyword url[] = {
    {"path"},
    {"digest"},
    {"status_code"},
    {"virtualhost"},
    {"regex"},
    {"regex_no_match"},
    {"regex_options"},
    {"regex_min_offset", Fate::lost, "the whole body is searched"},
    {"regex_max_offset", Fate::lost, "the whole body is searched"},
    {"regex_stack", Fate::needless, "RE2 needs none"},
};
constexpr Keyword smtp[] = {{"helo_name"}, {"host"}};
constexpr Keyword host[] = {{"connect_ip"},
                            {"connect_port"},
                            {"bindto"},
                            {"bind_port", Fate::lost, "the kernel chooses it"},
                            {"connect_timeout"},
                            {"fwmark"},
                            {"bind_if", Fate::lost, "the kernel chooses it"}};
constexpr Keyword dns[] = {{"type"}, {"name"}};
constexpr Keyword misc[] = {{"misc_path"}, {"misc_timeout"}, {"misc_dynamic"}, {"user"}};
constexpr Keyword udp[] = {
    {"payload"},
    {"require_reply"},
    {"min_reply_length", Fate::lost, "an answer may have any length"},
    {"max_reply_length", Fate::lost, "an answer may have any length"},
};

constexpr BlockKeywords other_blocks[] = {
    {"HTTP_GET", http}, {"SSL_GET", http},    {"url", url},       {"SMTP_CHECK", smtp}, {"host", host},
    {"DNS_CHECK", dns}, {"MISC_CHECK", misc}, {"UDP_CHECK", udp}, {"TCP_CHECK", {}},    {"PING_CHECK", {}},
};

}  // namespace

const std::span<const Keyword> virtual_server_keywords = virtual_server;
const std::span<const Keyword> real_server_keywords = real_server;
const std::span<const Keyword> checker_keywords = checker;

std::span<const BlockKeywords> all_keywords() {
  static const std::array blocks = [] {
    std::array<BlockKeywords, 11 + std::size(other_blocks)> all{{{"", top_keywords},
                                                                 {"global_defs", global_keywords},
                                                                 {"vrrp_script", script_keywords},
                                                                 {"vrrp_track_process", track_process_keywords},
                                                                 {"track_file", track_file_keywords},
                                                                 {"vrrp_sync_group", sync_group_keywords},
                                                                 {"vrrp_instance", instance_keywords},
                                                                 {"authentication", authentication_keywords},
                                                                 {"virtual_server", virtual_server_keywords},
                                                                 {"real_server", real_server_keywords},
                                                                 {"checker", checker_keywords}}};
    std::copy(std::begin(other_blocks), std::end(other_blocks), all.begin() + 11);
    return all;
  }();
  return blocks;
}

std::span<const Keyword> keywords_of(std::string_view block) {
  const auto all = all_keywords();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const BlockKeywords& each) { return each.block == block; });
  return found == all.end() ? std::span<const Keyword>() : found->keywords;
}

}  // namespace ballast::keepalived
