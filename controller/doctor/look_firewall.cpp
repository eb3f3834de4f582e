// What nft and iptables-save print. They are asked, and not the kernel: no library of theirs is worth a look a year.
#include "controller/doctor/look.hpp"
#include "drivers/child_output.hpp"

namespace ballast::doctor {
namespace {

constexpr std::chrono::seconds longest_run{5};
constexpr std::size_t most_output = std::size_t{16} << 20;

}  // namespace

void look_at_firewall(const Part& part, Facts& facts) {
  if (part.groups.empty()) return;
  std::vector<std::string> troubles;
  const auto take = [&](std::vector<std::string> argv, auto read) {
    const std::string name = argv.front();
    ChildOptions options;
    options.argv = std::move(argv);
    options.most_output = most_output;
    options.administers_network = true;
    const auto output = output_of(std::move(options), longest_run);
    if (!output) {
      if (output.error().errnum != ENOENT) troubles.push_back(output.error().text);
      return;
    }
    if (std::optional<Firewall> firewall = read(*output)) {
      facts.firewalls.push_back(std::move(*firewall));
    } else {
      troubles.push_back(name + " prints what is not understood");
    }
  };
  take({"nft", "-j", "list", "ruleset"}, [](const std::string& text) { return read_nft(text); });
  take({"iptables-save"}, [](const std::string& text) { return std::optional(read_iptables(text, Family::ipv4)); });
  take({"ip6tables-save"}, [](const std::string& text) { return std::optional(read_iptables(text, Family::ipv6)); });
  if (!facts.firewalls.empty()) facts.looked_at.emplace_back("the firewall");
  for (const std::string& trouble : troubles) facts.not_looked_at.push_back("the firewall: " + trouble);
  if (facts.firewalls.empty() && troubles.empty()) {
    facts.not_looked_at.emplace_back("the firewall: neither nft nor iptables-save is installed");
  }
}

}  // namespace ballast::doctor
