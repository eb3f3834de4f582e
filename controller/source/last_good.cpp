#include "controller/source/last_good.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <sys/stat.h>

#include "drivers/state_dir.hpp"
#include "drivers/thread.hpp"

namespace ballast {
namespace {

using nlohmann::json;

constexpr std::string_view format_name = "ballast-last-good-1";
constexpr const char* file_name = "last-good";
constexpr std::size_t largest_file = std::size_t{512} << 20;

std::string digest_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

json revision_json(const Revision& revision) {
  json body = {{"id", revision.id},
               {"readAt", revision.read_at.time_since_epoch().count()},
               {"commit", revision.commit},
               {"author", revision.author},
               {"subject", revision.subject}};
  if (revision.committed_at) body["committedAt"] = revision.committed_at->time_since_epoch().count();
  return body;
}

/// Throws json::exception where a member lacks or has another type.
Revision revision_from(const json& body) {
  Revision revision;
  body.at("id").get_to(revision.id);
  revision.read_at = decltype(revision.read_at)(std::chrono::milliseconds(body.at("readAt").get<std::int64_t>()));
  body.at("commit").get_to(revision.commit);
  body.at("author").get_to(revision.author);
  body.at("subject").get_to(revision.subject);
  if (body.contains("committedAt")) {
    revision.committed_at = std::chrono::sys_seconds(std::chrono::seconds(body["committedAt"].get<std::int64_t>()));
  }
  return revision;
}

Error damaged() {
  return {"it is damaged", EBADMSG};
}

}  // namespace

std::string encode(const LastGood& manifest) {
  json files = json::array();
  for (const SourceText& text : manifest.texts) files.push_back({{"name", text.name}, {"size", text.text.size()}});
  const json head = {
      {"source", manifest.source}, {"revision", revision_json(manifest.revision)}, {"files", std::move(files)}};
  std::string body = head.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  for (const SourceText& text : manifest.texts) body += text.text;
  return fmt::format("{} {}\n", format_name, digest_of(body)) + body;
}

Result<LastGood> decode_last_good(std::string_view text) {
  const std::size_t first = text.find('\n');
  if (first == std::string_view::npos) return damaged();
  const std::string_view line = text.substr(0, first);
  std::string_view body = text.substr(first + 1);
  if (!line.starts_with(format_name)) return Error{"another version of ballast has written it", EPROTO};
  if (line != fmt::format("{} {}", format_name, digest_of(body))) return damaged();
  const std::size_t second = body.find('\n');
  if (second == std::string_view::npos) return damaged();
  try {
    const json head = json::parse(body.substr(0, second));
    body.remove_prefix(second + 1);
    LastGood manifest{head.at("source").get<std::string>(), revision_from(head.at("revision")), {}};
    for (const json& file : head.at("files")) {
      const auto size = file.at("size").get<std::size_t>();
      if (size > body.size()) return damaged();
      manifest.texts.push_back({file.at("name").get<std::string>(), std::string(body.substr(0, size))});
      body.remove_prefix(size);
    }
    if (!body.empty()) return damaged();
    return manifest;
  } catch (const json::exception&) {
    return damaged();
  }
}

LastGoodStore::LastGoodStore(std::string folder, std::function<void(const std::string&)> log)
    : folder_(std::move(folder)), log_(std::move(log)), thread_([this] { run(); }) {}

LastGoodStore::~LastGoodStore() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Result<std::optional<LastGood>> LastGoodStore::load() const {
  const std::string path = folder_ + "/" + file_name;
  auto text = read_file(path, largest_file);
  if (!text && (text.error().errnum == ENOENT || text.error().errnum == ENOTDIR)) return std::optional<LastGood>();
  if (!text) return text.error();
  auto manifest = decode_last_good(*text);
  if (!manifest) return Error{path + ": " + manifest.error().text, manifest.error().errnum};
  return std::optional(std::move(*manifest));
}

void LastGoodStore::save(LastGood manifest) {
  {
    const std::lock_guard lock(mutex_);
    next_ = std::move(manifest);
  }
  wake_.notify_one();
}

void LastGoodStore::run() {
  begin_thread("last-good");
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || next_; });
    if (!next_) return;
    const LastGood manifest = std::move(*std::exchange(next_, std::nullopt));
    lock.unlock();
    const auto written = write(manifest);
    const std::string complaint = written ? "" : written.error().text;
    if (!complaint.empty() && complaint != complaint_) {
      log_(fmt::format("the manifest in force is not kept for the next start: {}", complaint));
    }
    complaint_ = complaint;
    lock.lock();
  }
}

Result<void> LastGoodStore::write(const LastGood& manifest) const {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(folder_).parent_path(), error);
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) {
    return Error{fmt::format("cannot make {}: {}", folder_, errno_text(errno)), errno};
  }
  return replace_file(folder_ + "/" + file_name, encode(manifest), 0600);
}

}  // namespace ballast
