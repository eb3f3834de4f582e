#include "controller/source/snapshot.hpp"

#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "controller/node.hpp"

namespace ballast {
namespace {

std::string digest_of(const SourceFiles& files) {
  constexpr std::size_t shown = 6;  // bytes: twelve digits, as git abbreviates
  std::string all;
  for (const SourceText& text : files.texts) all += fmt::format("{} {}\n{}", text.name, text.text.size(), text.text);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(all.data(), all.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  std::string hex;
  for (std::size_t i = 0; i < shown; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace

Revision revision_of(const SourceFiles& files) {
  return {digest_of(files), std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now())};
}

std::shared_ptr<Snapshot> make_snapshot(const SourceFiles& files, Revision revision) {
  ReadOutcome outcome = load_manifest(files);
  return std::make_shared<Snapshot>(
      Snapshot{std::move(outcome.manifest), std::move(revision), std::move(outcome.diagnostics)});
}

std::string diagnostics_text(const Snapshot& snapshot) {
  const std::string head = snapshot.revision.commit.empty() ? "" : snapshot.revision.id + ":";
  std::string text;
  for (const Diagnostic& diagnostic : snapshot.diagnostics) {
    text +=
        (text.empty() ? "" : "\n") + head + (diagnostic.origin.known() || head.empty() ? "" : " ") + diagnostic.text();
  }
  return text;
}

}  // namespace ballast
