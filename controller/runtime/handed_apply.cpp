#include "controller/runtime/handed_apply.hpp"

#include <cerrno>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "controller/report/apply_text.hpp"
#include "controller/report/log.hpp"
#include "reconcilers/rollback.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;
using http::ApplyAnswer;
using http::ApplyRequest;

constexpr int exit_changes = 1;
constexpr int exit_error = 2;

ApplyAnswer refused(std::vector<std::string> errors) {
  return {true, exit_error, {}, {}, std::move(errors)};
}

/// "60 s", "1.5 s"
std::string seconds_text(std::chrono::milliseconds time) {
  return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000);
}

std::string deadline_note(const std::string& node, const std::string& revision, std::chrono::milliseconds time,
                          std::chrono::sys_time<std::chrono::milliseconds> deadline) {
  const std::time_t at = std::chrono::system_clock::to_time_t(deadline);
  return fmt::format(
      "node {}: manifest {} is rolled back at {:%H:%M:%S %Z}, in {}, unless `ballast confirm` comes before\n", node,
      revision, fmt::localtime(at), seconds_text(time));
}

/// What the worker would make of the manifest. Addresses of ours say nothing about which pools the node is a member of.
Result<NodeState> project(const Manifest& manifest, Conditions conditions, const std::string& node, Kernel& kernel) {
  const auto addresses = kernel.network.dump_addresses();
  if (!addresses) return addresses.error();
  for (const ObservedAddress& address : *addresses) {
    if (address.protocol != address_protocol) conditions.local_addresses.insert(address.key.prefix.address);
  }
  return NodeState{node, render(manifest, conditions, node), drain_rules(manifest, conditions, node), {}};
}

ApplyAnswer preview(const ApplyRequest& request, const Manifest& manifest, const Conditions& conditions,
                    const std::string& node, const std::string& state_dir) {
  RealKernel real;
  Kernel kernel = real.kernel();
  const auto state = project(manifest, conditions, node, kernel);
  if (!state) return refused({state.error().text});
  const auto prospect = look_ahead(state->wanted, state->drains, kernel, StateDir(state_dir));
  if (!prospect) return refused({prospect.error().text});
  return {true,
          prospect->plan.empty() ? 0 : exit_changes,
          request.json ? diff_json(*state, *prospect) : diff_text(*state, *prospect, Palette(request.colour)),
          {},
          {}};
}

/// What `apply` prints of a look.
ApplyAnswer outcome(const ApplyRequest& request, const Convergence& result, const Ownership& owned,
                    const Manifest& manifest, const Conditions& conditions, const std::string& node) {
  ApplyAnswer answer{true, result.converged() ? 0 : exit_error, {}, {}, troubles(result)};
  RealKernel real;
  Kernel kernel = real.kernel();
  const auto state = project(manifest, conditions, node, kernel);
  if (!state) {
    answer.errors.push_back(state.error().text);
  } else {
    answer.output =
        request.json ? apply_json(*state, result, owned) : apply_text(*state, result, owned, Palette(request.colour));
  }
  return answer;
}

/// What is wrong with a manifest that was handed over; nullopt: nothing. `node`: this machine's name in it.
std::optional<ApplyAnswer> flaw(const Snapshot& snapshot, const ApplyRequest& request, const std::string& asked_name,
                                std::string& node) {
  if (!snapshot.diagnostics.empty()) {
    ApplyAnswer answer = refused({"the manifest is not valid; nothing was changed"});
    for (const Diagnostic& diagnostic : snapshot.diagnostics) answer.diagnostics.push_back(diagnostic.text());
    return answer;
  }
  NodeOptions options;
  options.node = asked_name;
  options.absent = request.absent;
  const auto found = find_node(snapshot.manifest, options);
  if (!found && !request.node.empty()) {
    return refused(
        {fmt::format("no document names the node of the controller that runs here, and --node {} cannot change "
                     "which one that is",
                     request.node)});
  }
  if (!found) return refused({found.error().text});
  node = *found;
  if (request.node.empty() || request.node == node) return std::nullopt;
  return refused({fmt::format("the controller that runs here is node '{}', not '{}'", node, request.node)});
}

}  // namespace

HandedApply::HandedApply(asio::io_context& loop, Manifests& manifests, HandedNode node)
    : loop_(loop), manifests_(manifests), node_(std::move(node)), timer_(loop) {}

Result<std::uint64_t> HandedApply::begin(std::string body) {
  if (!manifests_.in_force()) return Error{"no manifest is in force yet; see `ballast status`", 0};
  if (working_) return Error{"another apply is under way", EBUSY};
  working_ = true;
  answer_ = {};
  read(std::make_shared<const std::string>(std::move(body)));
  return ++number_;
}

std::optional<ApplyAnswer> HandedApply::answer(std::uint64_t number) const {
  if (number != number_ || number == 0) return std::nullopt;
  return answer_;
}

void HandedApply::read(std::shared_ptr<const std::string> body) {
  const auto before = manifests_.in_force();
  node_.run_job([this, body, before, conditions = node_.conditions()] {
    auto read = std::make_shared<Read>();
    auto request = http::parse_apply_request(*body);
    if (!request) {
      read->answer = refused({request.error().text});
    } else {
      SourceFiles files;
      files.texts = std::exchange(request->texts, {});
      read->request = std::move(*request);
      const std::shared_ptr<const Snapshot> snapshot = make_snapshot(files, revision_of(files));
      if (auto wrong = flaw(*snapshot, read->request, node_.asked_name, read->node)) {
        read->answer = std::move(*wrong);
      } else if (read->request.preview) {
        read->answer = preview(read->request, snapshot->manifest, conditions, read->node, node_.state_dir);
      } else {
        read->snapshot = snapshot;
        read->too_much = too_much_removed(before->manifest, snapshot->manifest, read->node, node_.limit);
        if (auto owned = load_ownership(StateDir(node_.state_dir))) read->owned = std::move(*owned);
      }
    }
    asio::post(loop_, [this, read, before, body] { take(read, before, body); });
  });
}

void HandedApply::take(const std::shared_ptr<Read>& read, const std::shared_ptr<const Snapshot>& before,
                       const std::shared_ptr<const std::string>& body) {
  if (stopping_) return;
  if (!read->snapshot) return finish(std::move(read->answer));
  if (before != manifests_.in_force()) return this->read(body);  // the comparison is with another one now
  const std::string& id = read->snapshot->revision.id;
  if (const std::string why = node_.refusal(); !why.empty()) return finish(refused({why}));
  if (pending_) {
    return finish(
        refused({fmt::format("manifest {} waits for `ballast confirm`; confirm it, or wait until it is rolled "
                             "back; nothing was changed",
                             pending_->snapshot->revision.id)}));
  }
  if (!read->too_much.empty() && !read->request.approve) {
    return finish(
        refused({fmt::format("manifest {} takes away much, and nothing was changed: {}; give --approve if "
                             "that is meant",
                             id, read->too_much)}));
  }
  put_in_force(*read);
}

void HandedApply::put_in_force(const Read& read) {
  const std::string& id = read.snapshot->revision.id;
  const Manifests::Earlier earlier = manifests_.now();
  request_ = read.request;
  owned_ = read.owned;
  if (request_.confirm) {
    pending_ =
        Pending{read.snapshot, earlier, *request_.confirm, request_.guard, node_.failed_members(), false, {}, {}};
  }
  log_line(LogLevel::notice, fmt::format("manifest {} was handed over by `ballast apply`", id));
  rolled_back_.clear();
  waited_for_ = read.snapshot;
  if (auto done = manifests_.hand_over(read.snapshot, read.node); !done) {
    pending_.reset();
    waited_for_.reset();
    finish(refused({done.error().text}));
  }
}

void HandedApply::finish(ApplyAnswer answer) {
  answer_ = std::move(answer);
  working_ = false;
}

std::function<void(const Look&)> HandedApply::witness() {
  if (!waited_for_ && !give_back_) return {};
  return [this, snapshot = waited_for_, give_back = give_back_, request = request_, owned = owned_,
          conditions = node_.conditions(), node = manifests_.node()](const Look& look) {
    if (look.only_looked) return;
    if (give_back && look.result) {
      asio::post(loop_, [this, give_back] {
        if (give_back_ == give_back) give_back_.reset();
      });
    }
    if (!snapshot || look.snapshot != snapshot || (look.result && !look.saw_everything())) return;
    ApplyAnswer answer = look.result ? outcome(request, *look.result, owned, snapshot->manifest, conditions, node)
                                     : refused({look.error});
    std::shared_ptr<const State> others;
    if (const auto taken = load_ownership(StateDir(node_.state_dir)); taken && look.result) {
      others = std::make_shared<const State>(taken_over(look.result->before, owned, *taken));
    }
    asio::post(loop_, [this, snapshot, others, answer = std::move(answer)]() mutable {
      if (stopping_ || waited_for_ != snapshot) return;
      waited_for_.reset();
      take(std::move(answer), others);
    });
  };
}

void HandedApply::take(ApplyAnswer answer, const std::shared_ptr<const State>& others) {
  if (pending_) {
    pending_->taken_over = others;
    return arm(std::move(answer));
  }
  if (answer.exit_status == 0 && !request_.json) {
    answer.output += fmt::format("node {}: manifest {} is in force until the controller's own files change\n",
                                 manifests_.node(), manifests_.in_force()->revision.id);
  }
  finish(std::move(answer));
}

void HandedApply::arm(ApplyAnswer answer) {
  if (answer.exit_status != 0) {
    answer.errors.emplace_back("rolled back, as not everything came to be as the manifest wants it");
    finish(std::move(answer));
    roll_back("not everything came to be as it wants it");
    return;
  }
  pending_->armed = true;
  pending_->deadline = http::wall_time() + pending_->time;
  if (!request_.json) {
    answer.output +=
        deadline_note(manifests_.node(), pending_->snapshot->revision.id, pending_->time, pending_->deadline);
  }
  finish(std::move(answer));
  timer_.expires_after(pending_->time);
  timer_.async_wait([this](const auto& error) {
    if (!error && pending_) roll_back(fmt::format("not confirmed within {}", seconds_text(pending_->time)));
  });
  health_changed();
}

void HandedApply::health_changed() {
  if (stopping_ || !pending_ || !pending_->armed || !pending_->guard) return;
  const std::size_t failed = node_.failed_members();
  if (failed > pending_->failed_before) {
    roll_back(fmt::format("{} {} failed, {} had before it", failed, failed == 1 ? "member has" : "members have",
                          pending_->failed_before));
  }
}

void HandedApply::roll_back(const std::string& why) {
  timer_.cancel();
  const Pending pending = *std::exchange(pending_, std::nullopt);
  rolled_back_ = pending.snapshot->revision.id;
  rolled_back_why_ = why;
  log_line(LogLevel::error, fmt::format("manifest {} is rolled back to {}: {}", rolled_back_,
                                        pending.earlier.snapshot->revision.id, why));
  const bool others =
      pending.taken_over && (!pending.taken_over->services.empty() || !pending.taken_over->addresses.empty() ||
                             !pending.taken_over->daemons.empty());
  if (others) give_back_ = pending.taken_over;
  undoing_ = true;
  if (auto done = manifests_.put_back(pending.earlier); !done) log_line(LogLevel::error, done.error().text);
  undoing_ = false;
}

bool HandedApply::brings(const Snapshot& snapshot) {
  if (undoing_ || waited_for_.get() == &snapshot) return true;
  superseded();
  return false;
}

void HandedApply::superseded() {
  rolled_back_.clear();
  if (waited_for_) {
    waited_for_.reset();
    finish(refused({"another manifest has followed it from the controller's own source; see `ballast status`"}));
  }
  if (!pending_) return;
  log_line(LogLevel::notice, fmt::format("manifest {} need not be confirmed: another one has followed it",
                                         pending_->snapshot->revision.id));
  timer_.cancel();
  pending_.reset();
}

Result<std::string> HandedApply::confirm() {
  if (!pending_ || !pending_->armed) {
    const std::string why =
        rolled_back_.empty() ? "" : fmt::format("; manifest {} was rolled back: {}", rolled_back_, rolled_back_why_);
    return Error{"there is nothing to confirm" + why, EBUSY};
  }
  timer_.cancel();
  Result<std::string> id(pending_->snapshot->revision.id);
  log_line(LogLevel::notice, fmt::format("manifest {} is confirmed", *id));
  pending_.reset();
  return id;
}

void HandedApply::add_to(http::ManifestStatus& status) const {
  if (pending_ && pending_->armed) status.confirm_until = pending_->deadline;
  status.rolled_back = rolled_back_;
  status.rolled_back_reason = rolled_back_.empty() ? "" : rolled_back_why_;
}

void HandedApply::stop() {
  stopping_ = true;
  timer_.cancel();
}

}  // namespace ballast
