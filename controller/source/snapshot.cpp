#include "controller/source/snapshot.hpp"

#include <array>

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

std::shared_ptr<Snapshot> read_snapshot(const std::vector<std::string>& paths) {
  const SourceFiles files = read_files(paths);
  ReadOutcome outcome = load_manifest(files);
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return std::make_shared<Snapshot>(
      Snapshot{std::move(outcome.manifest), {digest_of(files), now}, std::move(outcome.diagnostics)});
}

}  // namespace ballast
