// What each command does once its options are parsed. Each returns the process's exit code and prints for itself:
// results to stdout, errors to stderr.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "controller/node.hpp"

namespace ballast {

enum ExitCode : int {
  exit_ok = 0,
  exit_changes = 1,
  exit_not_ready = 1,
  exit_held = 1,
  exit_findings = 1,
  exit_error = 2
};

int run_validate(const std::vector<std::string>& paths, bool json);
int run_diff(const NodeOptions& options);

struct ApplyOptions {
  NodeOptions node;
  bool dry_run = false;
  std::optional<std::chrono::milliseconds> confirm;  ///< rolled back after it, unless somebody confirms
  bool guard = false;                                ///< and at once where more members fail than before
  bool approve = false;                              ///< where a controller runs: whatever it takes away
  std::chrono::milliseconds lock_timeout{std::chrono::seconds{30}};
};
int run_apply(const ApplyOptions& options);

struct GetOptions {
  std::string node;
  std::string state_dir;
  bool json = false;
};
int run_get(const GetOptions& options);

struct ImportOptions {
  std::vector<std::string> files;
  std::vector<std::string> nodes;  ///< NAME, or NAME=FILE
  bool json = false;
};
int run_import_keepalived(const ImportOptions& options);
int run_import_ipvsadm(const ImportOptions& options);

struct StatusOptions {
  std::string state_dir;
  std::string service;  ///< only this one; empty: all
  bool json = false;
  std::chrono::milliseconds watch{0};  ///< shown anew so often; 0: once
};
int run_status(const StatusOptions& options);

struct EventsOptions {
  std::string state_dir;
  bool follow = false;
  bool json = false;
};
int run_events(const EventsOptions& options);

struct ExplainOptions {
  std::string state_dir;
  std::string object;
  bool json = false;
};
int run_explain(const ExplainOptions& options);

/// Empty texts filter nothing.
struct ConnectionsOptions {
  std::string state_dir;
  std::string service;
  std::string client;
  std::string server;
  std::string state;
  bool json = false;
};
int run_connections(const ConnectionsOptions& options);

struct DoctorOptions {
  NodeOptions node;
  std::string cache_dir;                          ///< where the controller keeps the manifest in force
  std::optional<std::chrono::milliseconds> wait;  ///< for what is on the wire; 0: not at all
};
int run_doctor(const DoctorOptions& options);

int run_maintenance(const std::string& state_dir, bool on);
int run_suspend(const std::string& state_dir, const std::string& reason);
int run_resume(const std::string& state_dir);

struct MemberOptions {
  std::string state;  ///< enable, drain, down, manifest
  std::string member;
  std::string pool;  ///< empty: all
  std::string state_dir;
};
int run_member(const MemberOptions& options);
int run_reload(const std::string& state_dir);
int run_confirm(const std::string& state_dir);
int run_approve(const std::string& state_dir, const std::string& revision);
int run_failover(const std::string& state_dir, const std::string& router);

struct DigestOptions {
  std::string url;
  std::string host;     ///< Host header and TLS server name; empty: the URL's
  bool sha256 = false;  ///< instead of MD5
  std::chrono::milliseconds timeout{std::chrono::seconds{5}};
};
int run_digest(const DigestOptions& options);

int run_schema(bool markdown);
int run_completion(const std::string& shell);

struct RunOptions;
int run_run(const RunOptions& options);

}  // namespace ballast
