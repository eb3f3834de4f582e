// Any bytes as the reply to an HTTP check: in whatever pieces they come, the same replies pass, within bounds, and each
// verdict has a text. The first byte chooses what is expected, the second how the bytes are cut. Redirects are
// resolved.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "drivers/probes/http_message.hpp"

namespace {

using namespace ballast;
using namespace ballast::probes;

void require(bool holds) {
  if (!holds) std::abort();
}

HttpRequest make_wanted(std::uint8_t choice) {
  HttpRequest wanted;
  if ((choice & 1) != 0) wanted.body_contains = Located<std::string>{"ok", {}};
  if ((choice & 2) != 0) wanted.body_matches = Located<std::string>{"(a|b)*c", {}};
  if ((choice & 4) != 0) wanted.md5 = Located<std::string>{"444bcb3a3fcf8389296c49467f27e1d6", {}};  // "ok"
  if ((choice & 8) != 0) wanted.status = {{{200, 404}, {}}};
  return wanted;
}

struct Verdict {
  bool decided = false;
  bool passed = false;
  std::string text;
  std::string redirect;
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

Verdict judge(const HttpRequest& wanted, std::uint8_t choice, std::string_view bytes, std::size_t piece) {
  const HttpMethod method = (choice & 16) != 0 ? HttpMethod::head : HttpMethod::get;
  HttpReply reply(wanted, method, (choice & 32) != 0);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) reply.take(bytes.substr(0, piece));
  if ((choice & 64) != 0) {
    reply.take_end();
    require(reply.decided());
  }
  if (!reply.decided()) return {};
  require(!reply.text().empty());
  require(!reply.passed() || reply.redirect().empty());
  if (reply.reusable()) require(reply.complete());
  return {true, reply.passed(), reply.text(), reply.redirect()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const HttpRequest wanted = make_wanted(data[0]);
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Verdict whole = judge(wanted, data[0], bytes, size);
  const Verdict pieces = judge(wanted, data[0], bytes, data[1] % 64 + std::size_t{1});
  require(whole.passed == pieces.passed);  // what is broken may be seen sooner or later
  if (whole.passed) require(whole == pieces);
  const std::string target = redirect_target(whole.redirect, "/a/b?c", "http", "www.example.net");
  require(target.find_first_of(" \r\n") == std::string::npos);
  return 0;
}
