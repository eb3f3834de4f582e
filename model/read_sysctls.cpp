// Kernel parameters as manifests write them: a map from name to value. Names take sysctl(8)'s two forms and are kept in
// the dotted one; two names that every tutorial sets and no kernel has are refused with what to do instead.
#include <algorithm>
#include <unordered_set>

#include "model/read_values.hpp"

namespace ballast {

namespace {

struct Gone {
  std::string_view name;
  std::string_view advice;
};
constexpr Gone gone[] = {
    {"net.ipv4.tcp_tw_recycle", "is gone since Linux 4.12; remove it"},
    {"net.ipv4.vs.conn_tab_bits",
     "is a module parameter of ip_vs, not a sysctl: write 'options ip_vs conn_tab_bits=N' in "
     "/etc/modprobe.d/ip_vs.conf"},
};

/// sysctl(8): the first separator says which of '.' and '/' is the separator; the other belongs to names.
std::string dotted(std::string_view name) {
  std::string key(name);
  const std::size_t separator = key.find_first_of("./");
  if (separator == std::string::npos || key[separator] == '.') return key;
  for (char& c : key) c = c == '/' ? '.' : c == '.' ? '/' : c;
  return key;
}

std::string problem_of(std::string_view key) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '/';
  };
  constexpr std::size_t longest = 255;
  if (key.size() > longest) return "is too long to be a kernel parameter";
  if (!std::all_of(key.begin(), key.end(), allowed)) return "may have only letters, digits, '_', '-', '.' and '/'";
  const auto empty_part = [&](std::string_view two) { return key.find(two) != std::string_view::npos; };
  if (key.find('.') == std::string_view::npos || key.starts_with('.') || key.ends_with('.') || key.starts_with('/') ||
      key.ends_with('/') || empty_part("..") || empty_part("//") || empty_part("./") || empty_part("/.")) {
    return "is not the name of a kernel parameter, like net.ipv4.ip_forward";
  }
  for (const Gone& each : gone) {
    if (each.name == key) return std::string(each.advice);
  }
  return {};
}

/// Runs of blanks are one blank, none at the ends: as the kernel's lists compare.
std::string one_blank(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

bool read_setting(ReadContext& context, yaml::Node key, yaml::Node value, SysctlSetting& setting) {
  setting.name = {dotted(key.text()), context.origin(key)};
  setting.value.origin = context.origin(value);
  if (const std::string problem = problem_of(setting.name.value); !problem.empty()) {
    return context.fail(key, cat("sysctl '", shown(key.text()), "' ", problem));
  }
  if (!is_value(context, {.name = setting.name.value, .doc = {}}, value, "a number or text")) return false;
  setting.value.value = one_blank(value.text());
  const std::string& text = setting.value.value;
  if (text.empty()) return context.fail(value, cat("sysctl '", setting.name.value, "' may not be empty"));
  if (std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; })) {
    return context.fail(value, cat("sysctl '", setting.name.value, "' must be one line of plain text"));
  }
  return true;
}

}  // namespace

bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, std::vector<SysctlSetting>& out) {
  if (!node.is_mapping()) return wrong_type(context, field, node, "a mapping (parameter: value)");
  if (node.size() < field.min_items) return context.fail(node, cat(field.name, " is empty; write an entry"));
  bool complete = true;
  std::unordered_set<std::string_view> seen;
  out.reserve(node.size());
  node.each_entry([&](yaml::Node key, yaml::Node value) {
    if (key.is_scalar() && !seen.insert(key.text()).second) return;  // the YAML layer has said so; the first counts
    SysctlSetting setting;
    if (!key.is_scalar() || !read_setting(context, key, value, setting)) {
      complete = false;
      return;
    }
    out.push_back(std::move(setting));
  });
  return complete;
}

}  // namespace ballast
