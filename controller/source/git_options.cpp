#include "controller/source/git_options.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "model/report.hpp"

namespace ballast {
namespace {

constexpr std::chrono::milliseconds shortest_interval{1000};
constexpr std::chrono::milliseconds longest_interval{std::chrono::hours{24}};
constexpr std::string_view schemes[] = {"https", "http", "ssh", "git", "file"};

bool is_control(char letter) {
  return (letter >= 0 && letter < ' ') || letter == '\x7f';
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

/// Between "://" and the host: empty where nobody is named.
std::string_view user_info(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::string_view rest = url.substr(scheme + 3);
  const std::string_view authority = rest.substr(0, rest.find('/'));
  const std::size_t at = authority.rfind('@');
  return at == std::string_view::npos ? std::string_view() : authority.substr(0, at);
}

/// The part of the URL that nobody may see. A lone name before the host is a token with https, and a user with ssh.
std::string_view secret_of(std::string_view url) {
  const std::string_view user = user_info(url);
  const std::size_t colon = user.find(':');
  if (colon != std::string_view::npos) return user.substr(colon + 1);
  return url.starts_with("http") ? user : std::string_view{};
}

Error wrong(const char* option, std::string_view value, const std::string& why) {
  return {fmt::format("{} '{}': {}", option, shown(value), why), 0};
}

Result<void> check_url(const std::string& url) {
  const auto refuse = [&](const std::string& why) { return wrong("--git", public_url(url), why); };
  if (url.empty()) return Error{"--git: the URL is empty", 0};
  if (url.starts_with('-')) return refuse("a URL does not begin with '-'");
  if (has_control(url)) return refuse("it has control characters");
  const std::size_t scheme = url.find("://");
  if (scheme != std::string::npos) {
    if (std::find(std::begin(schemes), std::end(schemes), std::string_view(url).substr(0, scheme)) !=
        std::end(schemes)) {
      return {};
    }
    return refuse("expected https://, ssh://, http://, git:// or file://");
  }
  if (url.starts_with('/')) return {};
  // user@host:path, as scp has it; but not a remote helper (gitremote-helpers(7)), which could run any command.
  const std::size_t colon = url.find(':');
  const std::size_t helper = url.find("::");
  const bool bracketed = url.find('[') < helper;
  if (helper != std::string::npos && !bracketed) return refuse("remote helpers are not taken; use https:// or ssh://");
  if (colon == std::string::npos || colon == 0 || url.find('/') < colon) {
    return refuse("expected a URL like https://host/path, user@host:path, or a whole path from /");
  }
  return {};
}

/// git-check-ref-format(1), for what would surprise otherwise.
Result<void> check_branch(const std::string& branch) {
  const auto refuse = [&](const std::string& why) { return wrong("--branch", branch, why); };
  if (branch.starts_with('-')) return refuse("a branch's name does not begin with '-'");
  if (branch.starts_with("refs/")) return refuse("give the name alone, like main");
  if (has_control(branch) || branch.find_first_of(" ~^:?*[\\") != std::string::npos ||
      branch.find("..") != std::string::npos || branch.find("@{") != std::string::npos ||
      branch.find("//") != std::string::npos || branch.starts_with('/') || branch.ends_with('/') ||
      branch.ends_with('.') || branch.ends_with(".lock")) {
    return refuse("this is no name that a branch can have");
  }
  return {};
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0 && path.substr(0, end) != ".") parts.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

Result<void> check_path(const std::string& path) {
  const auto refuse = [&](const std::string& why) { return wrong("--path", path, why); };
  if (path.starts_with('-')) return refuse("a path does not begin with '-'; write ./" + path);
  if (path.starts_with('/')) return refuse("it is a path within the repository, without / at its beginning");
  if (has_control(path)) return refuse("it has control characters");
  const auto parts = parts_of(path);
  if (std::find(parts.begin(), parts.end(), "..") != parts.end()) return refuse("'..' leads out of the repository");
  return {};
}

}  // namespace

Result<void> check(const GitOptions& options) {
  if (auto good = check_url(options.url); !good) return good;
  if (auto good = check_branch(options.branch); !good) return good;
  if (auto good = check_path(options.path); !good) return good;
  if (options.interval < shortest_interval || options.interval > longest_interval) {
    return Error{"--interval must be 1s..24h", 0};
  }
  return {};
}

std::string repository_path(const GitOptions& options) {
  return fmt::format("{}", fmt::join(parts_of(options.path), "/"));
}

std::string public_url(const std::string& url) {
  return without_secrets(url, url);
}

std::string text_of(const GitOptions& options) {
  std::string text = public_url(options.url);
  if (!options.branch.empty()) text += " " + options.branch;
  if (const std::string path = repository_path(options); !path.empty()) text += " " + path;
  return text;
}

std::string without_secrets(std::string text, const std::string& url) {
  if (secret_of(url).empty()) return text;
  const std::string secret = std::string(secret_of(url)) + "@";
  constexpr std::string_view stars = "***@";
  for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += stars.size()) {
    text.replace(at, secret.size(), stars);
  }
  return text;
}

}  // namespace ballast
