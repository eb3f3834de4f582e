// Every keyword of keepalived (2.2.7's manual and parser), by the block in which it stands, and what becomes of it.
#pragma once

#include <span>
#include <string_view>

namespace ballast::keepalived {

enum class Fate {
  carried,   ///< the converter makes something of it
  lost,      ///< no counterpart; `why` says what that means
  needless,  ///< Ballast does so always, or needs no such thing
};

struct Keyword {
  std::string_view name;
  Fate fate = Fate::carried;
  std::string_view why = {};
};

struct BlockKeywords {
  std::string_view block;  ///< "vrrp_instance"; empty: the top of a file
  std::span<const Keyword> keywords;
};

/// All blocks; checkers inherit the rows of "checker".
std::span<const BlockKeywords> all_keywords();
std::span<const Keyword> keywords_of(std::string_view block);

// One file for each part.
extern const std::span<const Keyword> top_keywords;
extern const std::span<const Keyword> global_keywords;
extern const std::span<const Keyword> script_keywords;
extern const std::span<const Keyword> track_process_keywords;
extern const std::span<const Keyword> track_file_keywords;
extern const std::span<const Keyword> sync_group_keywords;
extern const std::span<const Keyword> instance_keywords;
extern const std::span<const Keyword> authentication_keywords;
extern const std::span<const Keyword> virtual_server_keywords;
extern const std::span<const Keyword> real_server_keywords;
extern const std::span<const Keyword> checker_keywords;

}  // namespace ballast::keepalived
