// Files of /proc, /etc and /lib that tell of the machine.
#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <sys/utsname.h>

#include "controller/doctor/look.hpp"
#include "drivers/state_dir.hpp"

namespace ballast::doctor {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = std::size_t{1} << 20;
constexpr std::size_t largest_list = std::size_t{16} << 20;  ///< of modules
constexpr std::size_t most_files = 1000;

/// Files of these folders with that ending, sorted; one that several names lead to, once.
std::vector<std::string> files_in(const std::vector<std::string>& folders, std::string_view ending) {
  std::vector<std::string> files;
  std::set<fs::path> seen;
  for (const std::string& folder : folders) {
    std::error_code error;
    std::vector<fs::path> here;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      // A link to /dev/null masks a file of another folder.
      if (at->path().extension() == ending && at->is_regular_file(error)) here.push_back(at->path());
    }
    std::sort(here.begin(), here.end());
    for (const fs::path& path : here) {
      const fs::path real = fs::canonical(path, error);
      if (!error && seen.insert(real).second && files.size() < most_files) files.push_back(path.string());
    }
  }
  return files;
}

std::vector<SourceText> read_all(const std::vector<std::string>& paths, Facts& facts) {
  std::vector<SourceText> texts;
  for (const std::string& path : paths) {
    auto text = read_file(path, largest_file);
    if (text) {
      texts.push_back({path, std::move(*text)});
    } else if (text.error().errnum != ENOENT) {
      facts.not_looked_at.push_back(text.error().text);
    }
  }
  return texts;
}

std::string kernel_release() {
  utsname names{};
  return uname(&names) == 0 ? names.release : "";
}

/// "ip_vs_wrr" of "kernel/net/netfilter/ipvs/ip_vs_wrr.ko.xz".
std::string module_name(std::string_view path) {
  std::string name(path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1));
  name = name.substr(0, name.find(".ko"));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

void look_at_capabilities(Facts& facts) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    constexpr std::string_view head = "CapEff:";
    if (line.starts_with(head)) facts.capabilities = std::strtoull(line.c_str() + head.size(), nullptr, 16);
  }
  if (!facts.capabilities) facts.not_looked_at.emplace_back("capabilities: /proc/self/status does not tell");
}

}  // namespace

void look_at_modules(Facts& facts) {
  Modules& modules = facts.modules;
  std::ifstream loaded("/proc/modules");
  for (std::string line; std::getline(loaded, line);) modules.there.insert(line.substr(0, line.find(' ')));
  const std::string folder = "/lib/modules/" + kernel_release() + "/";
  if (const auto builtin = read_file(folder + "modules.builtin", largest_list)) {
    std::istringstream lines(*builtin);
    for (std::string line; std::getline(lines, line);) modules.there.insert(module_name(line));
  }
  const auto listed = read_file(folder + "modules.dep", largest_list);
  if (!listed) return;
  modules.listed = true;
  std::istringstream lines(*listed);
  for (std::string line; std::getline(lines, line);) {
    const std::string path = line.substr(0, line.find(':'));
    const std::string name = module_name(path);
    if (!name.starts_with("ip_vs")) continue;
    std::error_code error;
    const fs::path file = path.starts_with('/') ? path : folder + path;
    if (fs::is_regular_file(file, error) && fs::file_size(file, error) > 0) modules.loadable.insert(name);
  }
}

void look_at_files(Facts& facts) {
  look_at_capabilities(facts);
  std::vector<std::string> paths = files_in(
      {"/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d"}, ".conf");
  std::error_code error;
  const bool linked = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    return fs::equivalent(path, "/etc/sysctl.conf", error);
  });
  if (!linked) paths.emplace_back("/etc/sysctl.conf");
  facts.sysctl_files = read_all(paths, facts);
  facts.network_files = read_all(files_in({"/etc/systemd/network", "/run/systemd/network",
                                           "/usr/local/lib/systemd/network", "/usr/lib/systemd/network"},
                                          ".network"),
                                 facts);
  const fs::path configuration = "/etc/keepalived/keepalived.conf";
  facts.keepalived_at_boot = fs::exists("/etc/systemd/system/multi-user.target.wants/keepalived.service", error) &&
                             fs::exists(configuration, error) && fs::file_size(configuration, error) > 0;
  facts.looked_at.emplace_back("sysctl and network files");
}

}  // namespace ballast::doctor
