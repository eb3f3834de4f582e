// MD5 and SHA-256 of bytes that arrive in pieces, by OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace ballast {

enum class DigestKind : unsigned char { md5, sha256 };

class Digest {
 public:
  explicit Digest(DigestKind kind);
  void take(std::string_view bytes);
  /// Lower-case hex digits; nothing may be taken after it.
  std::string text();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace ballast
