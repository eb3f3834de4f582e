#include "drivers/probes/http_body.hpp"

#include <utility>

#include <fmt/format.h>

#include "drivers/probes/digests.hpp"
#include "model/regex.hpp"

namespace ballast::probes {

struct BodyJudge::Hashes {
  std::optional<Digest> md5;
  std::optional<Digest> sha256;
};

BodyJudge::BodyJudge(const HttpRequest& wanted, std::function<void(std::string_view)> sink)
    : wanted_(wanted), sink_(std::move(sink)) {
  if (!wanted.md5 && !wanted.sha256) return;
  hashes_ = std::make_unique<Hashes>();
  if (wanted.md5) hashes_->md5.emplace(DigestKind::md5);
  if (wanted.sha256) hashes_->sha256.emplace(DigestKind::sha256);
}

BodyJudge::~BodyJudge() = default;

bool BodyJudge::wants_body() const {
  return sink_ || hashes_ || wanted_.body_matches || wanted_.body_contains;
}

void BodyJudge::take(std::string_view bytes) {
  size_ += bytes.size();
  if (is_too_large()) return;
  if (sink_) sink_(bytes);
  if (hashes_ && hashes_->md5) hashes_->md5->take(bytes);
  if (hashes_ && hashes_->sha256) hashes_->sha256->take(bytes);
  if (wanted_.body_matches || wanted_.body_contains) kept_ += bytes;
}

std::optional<std::string> BodyJudge::judge() {
  if (wanted_.body_contains && kept_.find(wanted_.body_contains->value) == std::string::npos) {
    return "body lacks '" + wanted_.body_contains->value + "'";
  }
  if (wanted_.body_matches && !Regex(wanted_.body_matches->value).found_in(kept_)) {
    return "body does not match '" + wanted_.body_matches->value + "'";
  }
  if (hashes_ && hashes_->md5) {
    const std::string found = hashes_->md5->text();
    if (found != wanted_.md5->value) return fmt::format("body has the MD5 {}, wanted {}", found, wanted_.md5->value);
  }
  if (hashes_ && hashes_->sha256) {
    const std::string found = hashes_->sha256->text();
    if (found != wanted_.sha256->value) {
      return fmt::format("body has the SHA-256 {}, wanted {}", found, wanted_.sha256->value);
    }
  }
  return std::nullopt;
}

}  // namespace ballast::probes
