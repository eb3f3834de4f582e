// vrrp_sync_group, programs at changes of role, and all of VRRP of one node.
#include <algorithm>
#include <set>

#include "controller/import/vrrp.hpp"
#include "controller/import/words.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {

json read_role_notify(Section& section, Programs& programs, const std::string& kind, const std::string& name) {
  struct Role {
    std::string_view keyword;
    std::string pattern;
  };
  const Role roles[] = {
      {"notify_master", "MASTER"}, {"notify_backup", "BACKUP"}, {"notify_fault", "FAULT"}, {"notify_stop", "INIT"}};
  std::vector<Occasion> occasions;
  for (const Role& role : roles) {
    const Statement* statement = section.last(role.keyword);
    if (statement == nullptr) continue;
    if (auto program = programs.parse(*statement, true)) occasions.push_back({role.pattern, *program, statement});
  }
  const Statement* always = section.last("notify");
  auto program = always == nullptr ? std::nullopt : programs.parse(*always, true);
  const Statement* first = !occasions.empty() ? occasions.front().statement : always;
  if (occasions.empty() && !program) return nullptr;
  std::string text;
  if (!occasions.empty()) text = case_text(programs, section.remarks(), "\"$BALLAST_ROLE\"", occasions);
  const auto user = !occasions.empty() ? occasions.front().program.user : program->user;
  if (program) {
    if (!text.empty()) text += "; ";
    text += programs.shell_text(*program, cat(kind, " ", shell_word(name), " \"$BALLAST_ROLE\" \"$BALLAST_PRIORITY\""));
    if (program->user != user) {
      section.remarks().add(RemarkKind::changed, always->origin,
                            "notify: runs as the same user as the other programs, as one runs for all of them");
    }
  }
  return programs.make_shell(*first, text, user);
}

namespace {

class GroupReader {
 public:
  GroupReader(Programs& programs, Trackables& trackables, NodeConfig& node, Remarks& remarks)
      : programs_(programs), trackables_(trackables), node_(node), remarks_(remarks) {}

  void read(const Statement& block) {
    Section section(block, remarks_);
    const auto members = read_members(section);
    const auto tracks = trackables_.read(section, {});
    const json notify = read_role_notify(section, programs_, "GROUP", block.word(0));
    section.truth("smtp_alert");
    const bool weighted = section.flag("sync_group_tracking_weight");
    section.finish({"vrrp_sync_group"});
    if (members.empty()) return;
    for (Instance* member : members) {
      if (!weighted) drop_weights(*member);
    }
    if (members.size() == 1) {
      remarks_.add(RemarkKind::needless, block.origin,
                   cat("vrrp_sync_group ", shown(block.word(0)), " has one instance only"));
    }
    for (Instance* member : members) {
      if (members.size() > 1) member->sync_group = name_from(block.word(0), "group");
      for (const json& track : tracks) add_track(*member, track);
    }
    if (notify.is_null()) return;
    Instance& first = *members.front();
    if (first.notify.is_null()) {
      first.notify = notify;
      if (members.size() == 1) return;
      remarks_.add(RemarkKind::changed, block.origin,
                   cat("programs of vrrp_sync_group ", shown(block.word(0)), " run at changes of ",
                       name_from(first.name, "router"), ", as its members change roles together"));
    } else {
      remarks_.add(RemarkKind::lost, block.origin,
                   cat("programs of vrrp_sync_group ", shown(block.word(0)), ": its instance ", shown(first.name),
                       " has its own"));
    }
  }

 private:
  /// keepalived lets no member of a group have another priority than the others by what it tracks.
  void drop_weights(Instance& member) {
    std::vector<json> kept;
    for (json& track : member.track) {
      const bool script = track.contains("script");
      if (track.contains("weight")) {
        remarks_.add(RemarkKind::repaired, member.origin,
                     cat("vrrp_instance ", shown(member.name), " is in a sync group: keepalived ",
                         script ? "passes over track_script with a weight there" : "takes weights there as 0", " (",
                         track[comment_key].get<std::string>(), ")"));
        if (script) continue;
        track.erase("weight");
      }
      kept.push_back(std::move(track));
    }
    member.track = std::move(kept);
  }

  std::vector<Instance*> read_members(Section& section) {
    std::vector<Instance*> members;
    const std::string group = cat("vrrp_sync_group ", shown(section.statement().word(0)));
    for (const Statement* block : section.each("group")) {
      for (const Statement& line : block->children) {
        line.used = true;
        std::vector<std::string> names = line.words;
        names.insert(names.begin(), line.keyword);
        for (const std::string& name : names) add_members(name, line, group, members);
      }
    }
    return members;
  }

  void add_members(const std::string& name, const Statement& line, const std::string& group,
                   std::vector<Instance*>& members) {
    const auto found = std::find_if(node_.instances.begin(), node_.instances.end(),
                                    [&](const Instance& each) { return each.name == name; });
    if (found == node_.instances.end()) {
      remarks_.add(RemarkKind::repaired, line.origin,
                   cat(group, ": there is no vrrp_instance ", shown(name), ", and keepalived passes over it"));
      return;
    }
    if (!grouped_.insert(name).second) {
      remarks_.add(
          RemarkKind::repaired, line.origin,
          cat(group, ": vrrp_instance ", shown(name), " is in a group already, and keepalived passes over it"));
      return;
    }
    for (Instance& each : node_.instances) {
      if (each.origin.line == found->origin.line && each.origin.file() == found->origin.file() &&
          (each.name == name || each.name == name + "-ipv6" || each.name == name + "-ipv4")) {
        members.push_back(&each);
      }
    }
  }

  static void add_track(Instance& instance, const json& track) {
    const bool own = track.contains("interface") && track["interface"] == instance.interface;
    if (own) return;
    const auto same = [&](const json& other) {
      json a = other;
      json b = track;
      a.erase(comment_key);
      b.erase(comment_key);
      return a == b;
    };
    if (std::none_of(instance.track.begin(), instance.track.end(), same)) instance.track.push_back(track);
  }

  Programs& programs_;
  Trackables& trackables_;
  NodeConfig& node_;
  Remarks& remarks_;
  std::set<std::string> grouped_;
};

}  // namespace

void read_vrrp(Section& root, const Globals& globals, Programs& programs, NodeConfig& node) {
  Trackables trackables(root, programs);
  std::set<std::string> names;
  for (const Statement* block : root.each("vrrp_instance")) {
    if (!names.insert(block->word(0)).second) {
      root.remarks().add(
          RemarkKind::repaired, block->origin,
          cat("vrrp_instance ", shown(block->word(0)), " stands there twice: keepalived takes the first"));
      continue;
    }
    for (Instance& instance : read_instance(*block, globals, programs, trackables, root.remarks())) {
      node.instances.push_back(std::move(instance));
    }
  }
  // Both families of one instance change roles together even without a group of its own.
  for (Instance& each : node.instances) {
    const auto twin = std::find_if(node.instances.begin(), node.instances.end(), [&](const Instance& other) {
      return &other != &each && other.origin.line == each.origin.line && other.origin.file() == each.origin.file() &&
             other.vrid == each.vrid && (other.name == each.name + "-ipv6" || other.name == each.name + "-ipv4");
    });
    if (twin != node.instances.end()) each.sync_group = twin->sync_group = name_from(each.name, "group");
  }
  GroupReader groups(programs, trackables, node, root.remarks());
  for (const Statement* block : root.each("vrrp_sync_group")) groups.read(*block);
  trackables.finish();
}

}  // namespace ballast::keepalived
