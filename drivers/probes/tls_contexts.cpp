// OpenSSL's contexts for probes.
#include <cerrno>
#include <map>
#include <memory>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/probes/attempt.hpp"
#include "drivers/probes/stream.hpp"

namespace ballast::probes {
namespace {

/// Sets of CAs that are kept; a manifest has a few.
constexpr std::size_t most_contexts = 64;

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

/// What tells a file from its successor with the same name.
struct FileState {
  ino_t inode = 0;
  off_t size = 0;
  time_t seconds = 0;
  long nanoseconds = 0;

  static FileState of(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return {};
    return {status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  }
  friend bool operator==(const FileState&, const FileState&) = default;
};

Result<Context> make_context(bool verify, const std::string& ca_file) {
  Context context(SSL_CTX_new(TLS_client_method()));
  if (!context) return Error{"no memory for TLS", ENOMEM};
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A server that closes without saying so in TLS is common; what ends early is HTTP's to judge.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  if (!verify) {
    // Small keys and old renegotiation are between the server and its clients.
    SSL_CTX_set_security_level(context.get(), 1);
    SSL_CTX_set_options(context.get(), SSL_OP_LEGACY_SERVER_CONNECT);
    return context;
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  ERR_clear_error();
  if (ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (access(ca_file.c_str(), R_OK) != 0) {
    return Error{"cannot read the CA file " + ca_file + ": " + failure_text(errno), errno};
  } else if (SSL_CTX_load_verify_file(context.get(), ca_file.c_str()) != 1) {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    return Error{"cannot read the CA file " + ca_file + ": " + (reason != nullptr ? reason : "it has no certificate"),
                 0};
  }
  return context;
}

}  // namespace

struct TlsContexts::Entries {
  struct Entry {
    Context context;
    FileState file;
  };
  std::map<std::pair<bool, std::string>, Entry> by_options;
};

TlsContexts::TlsContexts() : entries_(std::make_unique<Entries>()) {}
TlsContexts::~TlsContexts() = default;

Result<ssl_ctx_st*> TlsContexts::get(const TlsOptions& options) {
  const bool verify = options.verify.value;
  const std::string ca_file = verify && options.ca_file ? options.ca_file->value : "";
  const FileState file = ca_file.empty() ? FileState{} : FileState::of(ca_file);
  auto& kept = entries_->by_options;
  const auto key = std::pair{verify, ca_file};
  if (const auto found = kept.find(key); found != kept.end() && found->second.file == file) {
    return found->second.context.get();
  }
  auto context = make_context(verify, ca_file);
  if (!context) return context.error();
  if (kept.size() >= most_contexts) kept.clear();
  Entries::Entry& entry = kept[key];
  entry = {std::move(*context), file};
  return entry.context.get();
}

}  // namespace ballast::probes
