#include "controller/import/globals.hpp"

#include <algorithm>
#include <functional>

#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

constexpr std::int64_t highest_port = 65535;
constexpr double most_seconds = 4294;
constexpr std::int64_t shortest_sync_packet = 1024;  // of a backup: start_sync_thread() of the kernel

bool is_mail_address(const std::string& text) {
  const std::size_t at = text.find('@');
  return at != std::string::npos && at > 0 && at + 1 < text.size() &&
         text.find_first_of(" <>,;\"\\") == std::string::npos;
}

json read_recipients(Section& section) {
  json to = json::array();
  for (const Statement* block : section.each("notification_email")) {
    for (const Statement& line : block->children) {
      line.used = true;
      std::vector<std::string> words = line.words;
      words.insert(words.begin(), line.keyword);
      for (const std::string& word : words) {
        if (is_mail_address(word)) {
          if (std::find(to.begin(), to.end(), word) == to.end()) to.push_back(word);
        } else {
          section.remarks().add(RemarkKind::lost, line.origin,
                                cat("'", shown(word), "' is no mail address like ops@example.com"));
        }
      }
    }
  }
  return to;
}

std::string read_server(const Statement& statement, Remarks& remarks) {
  const std::string host = statement.word(0);
  const auto port = parse_number(statement.words.size() > 1 ? statement.words[1] : "25", 1, highest_port);
  const auto address = IpAddress::parse(host);
  const bool named = !host.empty() && host.find_first_of("/@?#\\\"<>:[]") == std::string::npos;
  if (!port || (!address && !named)) {
    remarks.add(RemarkKind::repaired, statement.origin,
                "smtp_server is no host and port: keepalived ignores it and sends no mail");
    return {};
  }
  return address ? endpoint_text(*address, static_cast<std::uint16_t>(*port)) : cat(host, ":", *port);
}

/// Whether mail tells of what happens in blocks of this kind.
struct Alerts {
  bool any = false;     ///< of some of them
  bool silent = false;  ///< there are such blocks, and of none of them
};

/// What a block says itself counts before `usual`, the global word.
Alerts read_alerts(const Section& root, std::string_view kind, bool usual) {
  Alerts alerts;
  for (const Statement& block : root.statement().children) {
    if (block.keyword != kind) continue;
    bool alert = usual;
    for (const Statement& each : block.children) {
      if (each.keyword == "smtp_alert") alert = each.words.empty() || parse_truth(each.word(0)).value_or(alert);
    }
    alerts.any = alerts.any || alert;
    alerts.silent = true;
  }
  alerts.silent = alerts.silent && !alerts.any;
  return alerts;
}

void read_email(Section& section, const Section& root, NodeConfig& node, const Globals& globals) {
  const json to = read_recipients(section);
  const auto sender = section.text("notification_email_from");
  const Statement* server = section.last("smtp_server");
  const auto timeout = section.seconds("smtp_connect_timeout", 1, 3600);
  const bool quiet = section.flag("no_checker_emails");
  if (to.empty()) return;
  const std::string server_text = server == nullptr ? std::string() : read_server(*server, section.remarks());
  if (server == nullptr) {
    section.remarks().add(RemarkKind::repaired, section.origin(),
                          "notification_email without smtp_server: keepalived sends no mail");
  }
  if (server_text.empty()) return;
  const Alerts members =
      read_alerts(root, "virtual_server", globals.alert_checker.value_or(globals.alert.value_or(true)));
  const Alerts roles = read_alerts(root, "vrrp_instance", globals.alert_vrrp.value_or(globals.alert.value_or(false)));
  if (!members.any && !roles.any) {
    section.remarks().add(RemarkKind::repaired, section.origin(), "nothing has smtp_alert: keepalived sends no mail");
    return;
  }
  if (members.silent || roles.silent || quiet) {
    section.remarks().add(RemarkKind::changed, section.origin(),
                          cat("mail tells of roles and of members alike; keepalived's tells of ",
                              roles.silent     ? "members only"
                              : members.silent ? "roles only"
                                               : "members that change in the kernel"));
  }
  std::string from = sender.value_or(cat("keepalived@", node.node));
  if (!is_mail_address(from)) {
    section.remarks().add(
        RemarkKind::changed, section.origin(),
        cat("the sender '", shown(from), "' is no mail address; 'keepalived@", node.node, "' stands for it"));
    from = cat("keepalived@", node.node);
  }
  node.email = {{"to", to}, {"from", from}, {"server", server_text}};
  if (timeout && *timeout != milliseconds(5000)) node.email["timeout"] = duration_text(*timeout);
  if (!timeout) node.email["timeout"] = "30s";  // keepalived's default
}

void read_timeouts(Section& section, NodeConfig& node) {
  const Statement* statement = section.last("lvs_timeouts");
  if (statement == nullptr) return;
  constexpr std::int64_t most = 31 * 86400;
  node.timeouts = json::object();
  for (std::size_t i = 0; i < statement->words.size(); i += 2) {
    const std::string name = statement->word(i);
    const std::string field = name == "tcp" || name == "udp" ? name : name == "tcpfin" ? "tcpFin" : "";
    const auto value = parse_number(statement->word(i + 1), 0, most);
    if (field.empty() || !value) {
      section.remarks().add(RemarkKind::repaired, statement->origin,
                            cat("lvs_timeouts: '", shown(name), " ", shown(statement->word(i + 1)),
                                "' is no timeout: keepalived ignores it"));
    } else if (*value > 0) {
      node.timeouts[field] = duration_text(milliseconds(*value * 1000));
    }
  }
}

void read_multicast_group(Section& section, std::string_view keyword, std::string_view usual) {
  const auto group = section.text(keyword);
  if (!group || *group == usual) return;
  section.remarks().add(RemarkKind::lost, section.last(keyword)->origin,
                        cat(keyword, " ", shown(*group), ": advertisements go to ", usual,
                            ", where routers with another group do not hear them"));
}

/// lvs_sync_daemon INTERFACE [[inst] INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]
void read_sync_daemon(Section& section, NodeConfig& node) {
  const Statement* statement = section.last("lvs_sync_daemon");
  if (const Statement* old = section.last("lvs_sync_daemon_interface"); statement == nullptr) statement = old;
  if (statement == nullptr || statement->words.empty()) return;
  SyncDaemon daemon;
  daemon.origin = statement->origin;
  daemon.interface = statement->words[0];
  struct Option {
    std::string_view name;
    std::string_view field;
    std::int64_t least;
    std::int64_t most;
  };
  constexpr Option options[] = {
      {"maxlen", "maxLength", 1, 65507}, {"port", "port", 1, highest_port}, {"ttl", "ttl", 1, 255}};
  for (std::size_t i = 1; i < statement->words.size(); ++i) {
    const std::string& word = statement->words[i];
    const std::string value = statement->word(i + 1);
    const auto* option =
        std::find_if(std::begin(options), std::end(options), [&](const Option& each) { return each.name == word; });
    const auto number = parse_number(value, 0, highest_port);
    if (word == "inst") {
      daemon.instance = value;
    } else if (word == "id" && number && *number <= 255) {
      daemon.id = static_cast<int>(*number);
    } else if (const auto group = IpAddress::parse(value); word == "group" && group && group->is_multicast()) {
      daemon.more["group"] = value;
    } else if (option != std::end(options) && number && *number >= option->least && *number <= option->most) {
      const bool is_short = option->name == "maxlen" && *number < shortest_sync_packet;
      daemon.more[std::string(option->field)] = is_short ? shortest_sync_packet : *number;
      if (is_short) {
        section.remarks().add(RemarkKind::changed, statement->origin,
                              cat("lvs_sync_daemon: maxlen ", *number, " became ", shortest_sync_packet,
                                  ", as the kernel's backup has it at least"));
      }
    } else if (i == 1 && option == std::end(options) && word != "id" && word != "group") {
      daemon.instance = word;  // without 'inst', for compatibility
      continue;
    } else {
      section.remarks().add(RemarkKind::repaired, statement->origin,
                            cat("lvs_sync_daemon: keepalived ignores '", shown(word), " ", shown(value), "'"));
    }
    ++i;
  }
  node.sync_daemon = daemon;
}

}  // namespace

AnnounceText read_announce(Section& section, const std::string& prefix) {
  AnnounceText text;
  text.delay = section.seconds(prefix + "garp_master_delay", 0, most_seconds);
  text.repeat = section.number(prefix + "garp_master_repeat", 1, INT32_MAX);
  text.refresh = section.seconds(prefix + "garp_master_refresh", 0, most_seconds);
  text.refresh_repeat = section.number(prefix + "garp_master_refresh_repeat", 1, INT32_MAX);
  return text;
}

Globals read_globals(Section& root, NodeConfig& node) {
  // keepalived reads all global_defs as one.
  const auto blocks = root.each("global_defs");
  Statement all;
  all.keyword = "global_defs";
  if (!blocks.empty()) all.origin = node.global_origin = blocks.front()->origin;
  for (const Statement* block : blocks) {
    all.children.insert(all.children.end(), block->children.begin(), block->children.end());
  }
  Section section(all, root.remarks());
  Globals globals;
  if (const auto version = section.number("vrrp_version", 2, 3)) globals.version = static_cast<int>(*version);
  globals.default_interface = section.text("default_interface").value_or("eth0");
  globals.script_user = section.text("script_user");
  globals.announce = read_announce(section, "vrrp_");
  globals.garp_interval = section.seconds("vrrp_garp_interval", 0, most_seconds);
  globals.gna_interval = section.seconds("vrrp_gna_interval", 0, most_seconds);
  if (section.truth("vrrp_min_garp").value_or(false)) {
    if (!globals.announce.repeat) globals.announce.repeat = 1;
    if (!globals.announce.delay) globals.announce.delay = milliseconds(0);
  }
  globals.alert = section.truth("smtp_alert");
  globals.alert_vrrp = section.truth("smtp_alert_vrrp");
  globals.alert_checker = section.truth("smtp_alert_checker");
  read_email(section, root, node, globals);
  read_timeouts(section, node);
  read_multicast_group(section, "vrrp_mcast_group4", "224.0.0.18");
  read_multicast_group(section, "vrrp_mcast_group6", "ff02::12");
  read_sync_daemon(section, node);
  section.finish({"global_defs"});
  return globals;
}

}  // namespace ballast::keepalived
