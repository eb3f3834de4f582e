// What nft and iptables-save print. They are asked, and not the kernel: no library of theirs is worth a look a year.
#include <array>
#include <csignal>

#include <fmt/format.h>
#include <poll.h>

#include "controller/doctor/look.hpp"
#include "drivers/child.hpp"

namespace ballast::doctor {
namespace {

constexpr std::chrono::seconds longest_run{5};
constexpr std::size_t most_output = std::size_t{16} << 20;

/// What the program printed; an error where it cannot be run, fails, or does not end.
Result<std::string> output_of(std::vector<std::string> argv) {
  const std::string name = argv.front();
  ChildOptions options;
  options.argv = std::move(argv);
  options.errors_apart = true;
  options.most_output = most_output;
  auto child = Child::start(options);
  if (!child) return child.error();
  const auto end = std::chrono::steady_clock::now() + longest_run;
  std::optional<ExitStatus> status;
  while (!status) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      child->kill_group(SIGKILL);
      return Error{fmt::format("{} does not end", name), ETIMEDOUT};
    }
    std::array<pollfd, 3> waited{{{child->output_descriptor(), POLLIN, 0},
                                  {child->error_descriptor(), POLLIN, 0},
                                  {child->descriptor(), POLLIN, 0}}};
    poll(waited.data(), waited.size(), static_cast<int>(left.count()));
    if (waited[0].revents != 0) child->read_output();
    if (waited[1].revents != 0) child->read_errors();
    status = child->reap();
  }
  while (child->output_descriptor() >= 0) {
    pollfd rest{child->output_descriptor(), POLLIN, 0};
    if (poll(&rest, 1, 0) <= 0) break;
    child->read_output();
  }
  if (child->output_cut()) return Error{fmt::format("{} prints more than {} MiB", name, most_output >> 20), EFBIG};
  if (!status->success()) {
    std::string words = child->errors();
    words = words.substr(0, words.find('\n'));
    return Error{fmt::format("{}: {}{}{}", name, status->text(), words.empty() ? "" : ": ", words), EIO};
  }
  return child->output();
}

}  // namespace

void look_at_firewall(const Part& part, Facts& facts) {
  if (part.groups.empty()) return;
  std::vector<std::string> troubles;
  const auto take = [&](std::vector<std::string> argv, auto read) {
    const auto output = output_of(std::move(argv));
    if (!output) {
      if (output.error().errnum != ENOENT) troubles.push_back(output.error().text);
      return;
    }
    if (std::optional<Firewall> firewall = read(*output)) {
      facts.firewalls.push_back(std::move(*firewall));
    } else {
      troubles.emplace_back("nft prints what is not understood");
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
