#include <algorithm>

#include "controller/import/vrrp.hpp"
#include "controller/import/words.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

constexpr std::int64_t widest_weight = 253;
constexpr milliseconds shortest_interval{10};
constexpr std::int64_t most_in_a_row = 1000;

void add_count(Section& section, std::string_view keyword, json& track) {
  auto count = section.number(keyword, 1, INT32_MAX);
  if (!count || *count == 1) return;
  if (*count > most_in_a_row) {
    section.remarks().add(RemarkKind::changed, section.origin(),
                          cat(keyword, " ", *count, ": ", most_in_a_row, " is the most"));
    count = most_in_a_row;
  }
  track[std::string(keyword)] = *count;
}

}  // namespace

Trackables::Trackables(Section& root, Programs& programs) : remarks_(root.remarks()), programs_(programs) {
  collect(root, "vrrp_script", scripts_);
  collect(root, "vrrp_track_process", processes_);
  collect(root, "track_process", processes_);
  collect(root, "track_file", files_);
  collect(root, "vrrp_track_file", files_);
}

void Trackables::collect(Section& root, std::string_view keyword, Entries& entries) {
  for (const Statement* block : root.each(keyword)) {
    Entry& entry = entries[block->word(0)];
    if (entry.block == nullptr) {
      entry.block = block;
      continue;
    }
    remarks_.add(RemarkKind::repaired, block->origin,
                 cat(keyword, " ", shown(block->word(0)), " stands there twice; the first one counts (line ",
                     entry.block->origin.line, ")"));
  }
}

std::optional<Trackables::Weight> Trackables::read_weight(const Statement& statement, std::size_t first,
                                                          std::int64_t widest) {
  Weight weight;
  weight.given = true;
  const auto number = parse_number(statement.word(first), -widest, widest);
  if (!number) {
    remarks_.add(RemarkKind::repaired, statement.origin,
                 cat("weight ", shown(statement.word(first)), " is no number ", -widest, "..", widest,
                     ": keepalived ignores it"));
    return std::nullopt;
  }
  weight.value = std::clamp(*number, -widest_weight, widest_weight);
  if (weight.value != *number) {
    remarks_.add(RemarkKind::changed, statement.origin, cat("weight ", *number, " became ", weight.value));
  }
  weight.reverse = statement.word(first + 1) == "reverse";
  return weight;
}

Trackables::Weight Trackables::read_default_weight(Section& section, std::int64_t usual, std::int64_t widest) {
  const Statement* statement = section.last("weight");
  if (statement != nullptr) {
    if (const auto weight = read_weight(*statement, 0, widest)) return *weight;
  }
  return Weight{.value = usual};
}

void Trackables::read_script(Entry& entry) {
  Section section(*entry.block, remarks_);
  entry.weight = read_default_weight(section, 0, widest_weight);
  const Statement* statement = section.last("script");
  const auto interval = section.seconds("interval", 1, 4294).value_or(milliseconds(1000));
  const auto timeout = section.seconds("timeout", 1, 4294);
  const Statement* user = section.last("user");
  const bool fails_first = section.flag("init_fail");
  json track = json::object();
  auto program = statement == nullptr ? std::nullopt : programs_.parse(*statement, false);
  if (statement == nullptr) {
    remarks_.add(RemarkKind::repaired, section.origin(),
                 cat("vrrp_script ", shown(entry.block->word(0)), " names no script: keepalived ignores it"));
  }
  if (program) {
    if (user != nullptr && !user->words.empty()) program->user = user->words[0];
    json script = programs_.make(*statement, *program);
    const milliseconds limit = std::min(timeout.value_or(interval), milliseconds(3600 * 1000));
    if (limit != milliseconds(1000)) script["timeout"] = duration_text(limit);
    track["script"] = script;
    if (interval != milliseconds(1000)) track["interval"] = duration_text(std::max(interval, shortest_interval));
  }
  add_count(section, "rise", track);
  add_count(section, "fall", track);
  if (fails_first) track["initial"] = "failed";
  section.finish({"vrrp_script"});
  if (program) entry.track = track;
}

void Trackables::read_process(Entry& entry) {
  Section section(*entry.block, remarks_);
  entry.weight = read_default_weight(section, 1, 254);
  const Statement* statement = section.last("process");
  const auto quorum = section.number("quorum", 1, INT32_MAX).value_or(1);
  const auto words = statement == nullptr ? std::vector<std::string>() : split_quoted(statement->rest);
  section.finish({"vrrp_track_process"});
  if (words.empty() || words[0].empty()) {
    remarks_.add(RemarkKind::repaired, section.origin(),
                 cat("vrrp_track_process ", shown(entry.block->word(0)), " names no process: keepalived ignores it"));
    return;
  }
  const std::string name = words[0].substr(words[0].rfind('/') + 1);
  if (words.size() > 1 || name != words[0]) {
    remarks_.add(RemarkKind::changed, statement->origin,
                 cat("processes are known by name only: '", shown(name), "', whatever their path and arguments"));
  }
  if (quorum > 1) {
    remarks_.add(RemarkKind::changed, section.origin(),
                 cat("quorum ", quorum, " of processes '", shown(name), "': one is enough here"));
  }
  if (!name.empty()) entry.track = {{"process", name}};
}

/// keepalived reads a number from the file and multiplies it by the weight; without weight, another number than 0 is a
/// failure. The latter is a script here.
void Trackables::read_file(Entry& entry) {
  Section section(*entry.block, remarks_);
  entry.weight = read_default_weight(section, 1, 254);
  const Statement* statement = section.last("file");
  const auto words = statement == nullptr ? std::vector<std::string>() : split_quoted(statement->rest);
  section.finish({"track_file"});
  if (words.empty() || words[0].empty() || words[0].find('\0') != std::string::npos) {
    remarks_.add(RemarkKind::repaired, section.origin(),
                 cat("track_file ", shown(entry.block->word(0)), " names no file: keepalived ignores it"));
    return;
  }
  const std::string text = cat("n=$(cat ", shell_word(words[0]), "); test \"${n:-0}\" -eq 0");
  entry.track = {{"script", programs_.make_shell(*entry.block, text, std::nullopt)}};
}

void Trackables::add_weight(const Statement& statement, const Weight& weight, json track, std::vector<json>& tracks) {
  if (weight.reverse) {
    remarks_.add(RemarkKind::lost, statement.origin,
                 cat("weight ", weight.value, " reverse of ", statement.keyword,
                     ": a router's priority does not grow with a failure"));
    return;
  }
  if (weight.value != 0) track["weight"] = weight.value;
  track[comment_key] = statement.origin.line_text();
  tracks.push_back(std::move(track));
}

void Trackables::read_interfaces(Section& section, const std::string& interface, std::vector<json>& tracks) {
  for (const Statement* block : section.each("track_interface")) {
    for (const Statement& line : block->children) {
      line.used = true;
      if (line.keyword == interface) {
        remarks_.add(RemarkKind::needless, line.origin,
                     cat("track_interface ", interface, " is the router's own, which counts anyway"));
        continue;
      }
      Weight weight;
      if (line.word(0) == "weight") weight = read_weight(line, 1, widest_weight).value_or(weight);
      add_weight(line, weight, {{"interface", line.keyword}}, tracks);
    }
  }
}

void Trackables::read_kind(Section& section, std::string_view keyword, Entries& entries,
                           void (Trackables::*read_entry)(Entry&), std::int64_t widest, std::vector<json>& tracks) {
  for (const Statement* block : section.each(keyword)) {
    for (const Statement& line : block->children) {
      line.used = true;
      const auto found = entries.find(line.keyword);
      if (found == entries.end()) {
        remarks_.add(RemarkKind::repaired, line.origin,
                     cat(keyword, " ", shown(line.keyword), " is defined nowhere: keepalived ignores it"));
        continue;
      }
      Entry& entry = found->second;
      entry.tracked = true;
      if (!std::exchange(entry.read, true)) (this->*read_entry)(entry);
      Weight weight = entry.weight;
      if (line.word(0) == "weight") weight = read_weight(line, 1, widest).value_or(weight);
      if (entry.track.is_null()) {
        remarks_.add(RemarkKind::lost, line.origin, cat(keyword, " ", shown(line.keyword), " is not carried over"));
      } else if (&entries == &files_ && weight.value != 0) {
        remarks_.add(RemarkKind::lost, line.origin,
                     cat("track_file ", shown(line.keyword),
                         " with a weight: priorities do not follow a file's "
                         "contents; track a script with a weight of its own"));
      } else {
        add_weight(line, weight, entry.track, tracks);
      }
    }
  }
}

std::vector<json> Trackables::read(Section& section, const std::string& interface) {
  std::vector<json> tracks;
  read_interfaces(section, interface, tracks);
  read_kind(section, "track_script", scripts_, &Trackables::read_script, widest_weight, tracks);
  read_kind(section, "track_process", processes_, &Trackables::read_process, 254, tracks);
  read_kind(section, "track_file", files_, &Trackables::read_file, 254, tracks);
  return tracks;
}

void Trackables::finish() {
  for (const Entries* entries : {&scripts_, &processes_, &files_}) {
    for (const auto& [name, entry] : *entries) {
      if (entry.tracked) continue;
      remarks_.add(RemarkKind::needless, entry.block->origin,
                   cat(entry.block->keyword, " ", shown(name), ": nothing tracks it"));
    }
  }
}

}  // namespace ballast::keepalived
