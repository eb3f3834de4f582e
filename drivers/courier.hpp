// Delivers HTTP POSTs and e-mail by libcurl, in a thread of its own with curl's multi interface: as many at a time as
// there are slots, however slow the servers are.
//
// A thread, because not all of curl is patient: it reads the system's certificates at each TLS connection (some 20 ms),
// and waits for what a mail server says to QUIT. A loop with probes must have none of that.
//
// libcurl is loaded when the first letter is sent: it brings 20 libraries along, for which every run of every command
// would pay (20 ms and 4 MB).
//
// The public functions are the loop's, and `done` is called from it. Proxies are as curl has them (https_proxy, ...).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace ballast {

/// A POST where `url` begins with http:// or https://, whose certificates must be right; a mail where it is smtp:// or
/// smtps://. smtp:// speaks TLS where the server offers STARTTLS, with any certificate (RFC 7435).
struct Letter {
  std::string url;
  std::string body;                     ///< of a mail with its header, CRLF
  std::string content_type;             ///< of a POST
  std::string sender;                   ///< of a mail
  std::vector<std::string> recipients;  ///< of a mail, at least one; those that are refused do not keep it from others
  std::chrono::milliseconds timeout{std::chrono::seconds{5}};
};

struct Delivery {
  bool delivered = false;             ///< the server took it: any 2xx; of a mail, for at least one recipient
  bool may_help = false;              ///< to try again
  std::string text;                   ///< "503", "550 no such user": as the server said it, at most 200 bytes
  std::vector<std::string> refusals;  ///< of a mail: "to a@example.com: 550 no such user"
};

class Courier {
 public:
  static constexpr std::size_t slots = 16;  ///< letters under way at once; the others wait

  explicit Courier(boost::asio::io_context& loop);
  /// Ends at once; what is under way is dropped, and its `done` not called.
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  void send(Letter letter, std::function<void(Delivery)> done);

 private:
  class Office;
  boost::asio::io_context& loop_;
  std::shared_ptr<Office> office_;  // null before the first letter
};

}  // namespace ballast
