#include "controller/runtime/sources.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "controller/report/log.hpp"
#include "controller/runtime/status.hpp"

namespace ballast {
namespace {

/// The same words for the same source, and for no other.
std::string identity_of(const SourceOptions& options) {
  if (options.git) {
    return fmt::format("git\n{}\n{}\n{}", options.git->url, options.git->branch, repository_path(*options.git));
  }
  std::string text = "files";
  for (const std::string& path : options.paths) {
    std::error_code error;
    text += "\n" + (path == "-" ? path : std::filesystem::absolute(path, error).lexically_normal().string());
  }
  return text;
}

std::string text_of(const SourceOptions& options) {
  return options.git ? text_of(*options.git) : fmt::format("{}", fmt::join(options.paths, " "));
}

}  // namespace

/// What a look has found; `snapshot` is null where it is in force already.
struct Sources::Read {
  Revision revision;
  std::shared_ptr<const SourceFiles> files;
  std::shared_ptr<const Snapshot> snapshot{};
  std::string too_much{};
  std::shared_ptr<const Snapshot> before{};  ///< in force when it was weighed
};

Sources::Sources(boost::asio::io_context& loop, SourceOptions options, RemovalLimit limit, Manifests& manifests,
                 SourcesCallbacks callbacks)
    : loop_(loop),
      options_(std::move(options)),
      limit_(limit),
      manifests_(manifests),
      callbacks_(std::move(callbacks)),
      source_(identity_of(options_)),
      store_(options_.cache_dir, [](const std::string& text) { log_line(LogLevel::warning, text); }) {
  if (options_.git) {
    git_.emplace(loop_, *options_.git, options_.cache_dir + "/git",
                 [this](std::uint64_t look, bool asked_for, git::Outcome outcome) {
                   take(look, asked_for, std::move(outcome));
                 });
  } else {
    watch_.emplace(loop_, options_.paths, [this] { look_at_files(false); });
  }
}

Result<void> Sources::begin() {
  const auto begun = begin_with_last_good();
  if (!begun) return begun.error();
  if (*begun || options_.git) return {};

  newest_files_ = std::make_shared<const SourceFiles>(read_files(options_.paths));
  newest_ = make_snapshot(*newest_files_, revision_of(*newest_files_));
  attempted_ = revision_status(newest_->revision, newest_->revision.read_at);
  if (!newest_->diagnostics.empty()) {
    return Error{"the manifest is not valid; nothing was started:\n" + diagnostics_text(*newest_), 0};
  }
  if (auto done = manifests_.begin_with(newest_); !done) return done;
  keep();
  return {};
}

/// Whether there was one. Errors: what the system refuses to this process, whatever the manifest.
Result<bool> Sources::begin_with_last_good() {
  const auto of_no_use = [](const Error& why) {
    log_line(LogLevel::error, "the last good manifest is of no use: " + why.text);
    return false;
  };
  auto stored = store_.load();
  if (!stored) return of_no_use(stored.error());
  if (!*stored) return false;
  LastGood& good = **stored;
  if (good.source != source_) {
    log_line(LogLevel::notice,
             fmt::format("the last good manifest in {} is another source's; it is passed over", options_.cache_dir));
    return false;
  }
  const auto snapshot = make_snapshot({std::move(good.texts), {}}, std::move(good.revision));
  if (auto done = manifests_.begin_with(snapshot); !done) {
    if (done.error().errnum != 0) return done.error();
    return of_no_use(done.error());
  }
  from_last_good_ = true;
  log_line(LogLevel::notice, fmt::format("manifest {} is the last good one of {}, which is looked at now",
                                         snapshot->revision.id, text_of(options_)));
  return true;
}

void Sources::start() {
  if (git_) {
    git_->start();
    return;
  }
  if (auto watching = watch_->start(); !watching) log_line(LogLevel::warning, watching.error().text);
  if (from_last_good_) look_at_files(false);
}

void Sources::reload(Then then) {
  if (stopping_) return;
  // The number is known before the look can be over.
  const std::uint64_t look = git_ ? git_->look_now() : file_looks_ + 1;
  if (then) waiting_.push_back({look, std::move(then)});
  if (!git_) look_at_files(true);
}

void Sources::stop() {
  stopping_ = true;
  watch_.reset();
  git_.reset();
  waiting_.clear();
}

void Sources::look_at_files(bool asked_for) {
  if (stopping_) return;
  judge(++file_looks_, asked_for, [paths = options_.paths] {
    auto files = std::make_shared<const SourceFiles>(read_files(paths));
    Revision revision = revision_of(*files);
    return Read{std::move(revision), std::move(files)};
  });
}

void Sources::take(std::uint64_t look, bool asked_for, git::Outcome outcome) {
  if (const auto* failure = std::get_if<git::Failure>(&outcome)) {
    return cannot_read(look, "git", failure->text);
  }
  reachable();
  auto* const commit = std::get_if<git::Commit>(&outcome);
  if (commit == nullptr) return answer(look, {Reloaded::What::unchanged, "", ""});
  commit->revision.read_at = http::wall_time();
  auto files = std::make_shared<const SourceFiles>(std::move(commit->files));
  judge(look, asked_for, [revision = std::move(commit->revision), files = std::move(files)] {
    return Read{revision, files};
  });
}

/// Reads, validates and weighs in the worker's thread: it takes long, above all rendering for the brake.
void Sources::judge(std::uint64_t look, bool asked_for, std::function<Read()> read) {
  callbacks_.run_job(
      [this, look, asked_for, read = std::move(read), before = manifests_.in_force(), node = manifests_.node()] {
        Read done = read();
        done.before = before;
        // What is in force was good; only who asks wants it to be judged once more.
        if (asked_for || before == nullptr || before->revision.id != done.revision.id) {
          done.snapshot = make_snapshot(*done.files, done.revision);
          if (before != nullptr && done.snapshot->diagnostics.empty()) {
            done.too_much = too_much_removed(before->manifest, done.snapshot->manifest, node, limit_);
          }
        }
        boost::asio::post(loop_, [this, look, asked_for, read, done = std::move(done)] {
          if (stopping_) return;
          // Another one was approved meanwhile: this one is weighed against it.
          if (done.before != manifests_.in_force()) return judge(look, asked_for, read);
          offer(look, asked_for, done);
        });
      });
}

void Sources::offer(std::uint64_t look, bool asked_for, const Read& read) {
  if (read.files->unreadable) {
    std::string why;
    for (const Diagnostic& problem : read.files->problems) why += (why.empty() ? "" : "; ") + problem.text();
    return cannot_read(look, "files", why);
  }
  reachable();
  from_last_good_ = false;
  attempted_ = revision_status(read.revision, read.revision.read_at);
  const std::string& id = read.revision.id;
  const std::string before = read.before ? read.before->revision.id : "";
  if (read.snapshot) {
    newest_ = read.snapshot;
    newest_files_ = read.files;
  }
  const auto& snapshot = read.snapshot ? read.snapshot : read.before;
  const Outcome outcome = manifests_.offer(snapshot, read.too_much, asked_for);
  callbacks_.offered(outcome);
  switch (outcome) {
    case Outcome::held:
      return answer(look, {Reloaded::What::held, id, manifests_.held_why()});
    case Outcome::refused:
      newest_files_.reset();
      // It is this node that lacks something, which may be there at the next look.
      if (git_ && snapshot->diagnostics.empty()) git_->forget();
      return answer(look, {Reloaded::What::refused, id, manifests_.refusal()});
    case Outcome::unchanged:
      return answer(look, {Reloaded::What::unchanged, id, ""});
    case Outcome::in_force:
      keep();
      return answer(look, {id == before ? Reloaded::What::unchanged : Reloaded::What::changed, id, ""});
  }
}

void Sources::keep() {
  if (!newest_files_ || newest_ != manifests_.in_force()) return;
  store_.save({source_, newest_->revision, newest_files_->texts});
  newest_files_.reset();
}

void Sources::answer(std::uint64_t look, const Reloaded& reloaded) {
  const auto first = std::stable_partition(waiting_.begin(), waiting_.end(),
                                           [look](const Waiting& waiting) { return waiting.look > look; });
  std::vector<Waiting> answered(std::make_move_iterator(first), std::make_move_iterator(waiting_.end()));
  waiting_.erase(first, waiting_.end());
  for (const Waiting& waiting : answered) waiting.then(reloaded);
}

void Sources::reachable() {
  if (!error_) return;
  error_.reset();
  log_line(LogLevel::notice, fmt::format("{} can be read again", text_of(options_)));
}

/// Each text is logged once, not at each interval.
void Sources::cannot_read(std::uint64_t look, const char* kind, const std::string& why) {
  callbacks_.failed(kind);
  if (!error_ || error_->text != why) log_unreadable(why);
  error_ = {why, error_ ? error_->since : http::wall_time()};
  answer(look, {Reloaded::What::unreachable, "", why});
}

void Sources::log_unreadable(const std::string& why) const {
  const auto& in_force = manifests_.in_force();
  log_line(LogLevel::error, fmt::format("cannot read {}: {}; {}", text_of(options_), why,
                                        in_force ? fmt::format("manifest {} stays in force", in_force->revision.id)
                                                 : "no manifest is in force, nothing is touched"));
}

void Sources::complete(http::ManifestStatus& status) const {
  status.source = text_of(options_);
  status.source_error = error_;
  status.from_last_good = from_last_good_;
  status.attempted = attempted_;
}

std::string Sources::why_none() const {
  if (error_) return fmt::format("no manifest is in force: cannot read {}: {}", text_of(options_), error_->text);
  if (!manifests_.refusal().empty()) return "no manifest is in force: " + manifests_.refusal();
  return fmt::format("no manifest is in force: {} has not been read yet", text_of(options_));
}

}  // namespace ballast
