// What `ballast run --git` is told: a repository, a branch of it, and where in it the manifests are. Pure.
#pragma once

#include <chrono>
#include <string>

#include "model/result.hpp"

namespace ballast {

struct GitOptions {
  std::string url;
  std::string branch;  ///< empty: the repository's own (HEAD)
  std::string path;    ///< within the repository, of a folder or a file; empty: all of it
  std::chrono::milliseconds interval{std::chrono::seconds{30}};
  bool verify_signatures = false;
};

/// What is wrong with them, and what would be right: nothing that git or a remote helper would take for an option or a
/// command gets through.
Result<void> check(const GitOptions& options);

/// The path as git has it: without "./", and without a slash at its end.
std::string repository_path(const GitOptions& options);

/// The URL without a password or token in it.
std::string public_url(const std::string& url);

/// "https://git.example.net/lb.git main cluster/": what people are shown.
std::string text_of(const GitOptions& options);

/// `text` without the password or token of `url`: what git says may repeat it.
std::string without_secrets(std::string text, const std::string& url);

}  // namespace ballast
